"""An index for each order and each filter of All users (USR-5, USR-9)."""

import datetime

import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("guests", "0006_list_views"),
        ("tenants", "0002_guest_access"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="user",
            name="users_by_creation",
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["tenant", "created_at", "id"], name="users_by_created"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                fields=["tenant", "user_type", "display_name_key", "id"], name="users_by_type"
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                models.F("tenant"),
                django.db.models.functions.text.Lower("user_principal_name"),
                models.F("id"),
                name="users_sorted_upn",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                models.F("tenant"),
                models.F("user_type"),
                models.F("id"),
                name="users_sorted_user_type",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                models.F("tenant"),
                django.db.models.functions.text.Lower("identity_issuer"),
                models.F("id"),
                name="users_sorted_issuer",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                models.F("tenant"),
                models.F("external_user_state"),
                models.F("id"),
                name="users_sorted_state",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                models.F("tenant"),
                django.db.models.functions.text.Lower("company_name"),
                models.F("id"),
                name="users_sorted_company",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                models.F("tenant"),
                models.F("creation_type"),
                models.F("id"),
                name="users_sorted_creation_type",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                models.F("tenant"),
                django.db.models.functions.text.Lower("job_title"),
                models.F("id"),
                name="users_sorted_job_title",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                models.F("tenant"),
                django.db.models.functions.text.Lower("department"),
                models.F("id"),
                name="users_sorted_department",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                models.F("tenant"),
                django.db.models.functions.comparison.Coalesce(
                    "last_sign_in_at",
                    models.Value(datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                ),
                models.F("id"),
                name="users_sorted_sign_in",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("account_enabled", False)),
                fields=["tenant", "display_name_key", "id"],
                name="users_disabled",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("on_premises_sync_enabled", True)),
                fields=["tenant", "display_name_key", "id"],
                name="users_synced",
            ),
        ),
    ]
