"""Search and *starts with* by an index on PostgreSQL, whatever the database's collation.

A plain index serves LIKE only in the collation C; SQLite has no other kind and needs none.
"""

from django.db import migrations

PREFIXES = {
    "search_by_prefix": ("guests_searchterm", "tenant_id, term varchar_pattern_ops"),
    **{
        f"users_by_{column}_prefix": (
            "guests_user",
            f"tenant_id, lower({column}) text_pattern_ops, display_name_key, id",
        )
        for column in (
            "identity_issuer",
            "company_name",
            "department",
            "job_title",
            "city",
            "state",
            "country",
            "usage_location",
            "employee_type",
        )
    },
}


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, (table, columns) in PREFIXES.items():
            schema_editor.execute(f"CREATE INDEX {name} ON {table} ({columns})")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in PREFIXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("guests", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
