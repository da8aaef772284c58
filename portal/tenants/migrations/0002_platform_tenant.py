"""The operators' own tenant exists from the start."""

import uuid

from django.db import migrations

PLATFORM_TENANT_ID = uuid.UUID(int=0)


def create(apps, schema_editor):
    tenant, _is_new = apps.get_model("tenants", "Tenant").objects.get_or_create(
        pk=PLATFORM_TENANT_ID, defaults={"display_name": "Platform"}
    )
    apps.get_model("tenants", "Domain").objects.get_or_create(
        tenant=tenant, name="platform", defaults={"is_initial": True, "is_verified": True}
    )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
