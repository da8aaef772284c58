"""The logs get a partition a month on PostgreSQL; other databases keep the plain tables."""

from django.db import migrations
from django.utils import timezone

from portal.audit import partitions


def partition(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            for table in partitions.TABLES:
                partitions.partition_table(cursor, table, timezone.now().date())


def merge(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            for table in partitions.TABLES:
                partitions.merge_partitions(cursor, table)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(partition, merge)]
