"""Groups with members and owners, and groups as sponsors of guests (DIR-25)."""

import uuid

import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

OPTIONS = {
    "abstract": False,
    "base_manager_name": "unscoped",
    "default_manager_name": "unscoped",
}
MANAGERS = [("unscoped", django.db.models.manager.Manager())]


def _key(to, related_name, **options):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to=to, **options
    )


def _tenant():
    return models.ForeignKey(
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="tenants.tenant",
    )


def _id():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def _moment(label):
    return models.DateTimeField(
        default=django.utils.timezone.now, editable=False, verbose_name=label
    )


class Migration(migrations.Migration):
    dependencies = [
        ("guests", "0003_photo_version"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="object ID",
                    ),
                ),
                ("display_name", models.CharField(max_length=256, verbose_name="group name")),
                ("display_name_key", models.CharField(editable=False, max_length=256)),
                (
                    "description",
                    models.CharField(blank=True, max_length=1024, verbose_name="group description"),
                ),
                ("created_at", _moment("created")),
                ("tenant", _tenant()),
            ],
            options={
                "verbose_name": "group",
                "verbose_name_plural": "groups",
                "ordering": ["display_name_key", "id"],
                "indexes": [
                    models.Index(
                        fields=["tenant", "display_name_key", "id"], name="groups_by_name"
                    ),
                    models.Index(fields=["tenant", "-created_at", "id"], name="groups_by_creation"),
                ],
                **OPTIONS,
            },
            managers=MANAGERS,
        ),
        migrations.CreateModel(
            name="GroupMembership",
            fields=[
                ("id", _id()),
                ("created_at", _moment("added")),
                ("tenant", _tenant()),
                ("group", _key("guests.group", "memberships")),
                ("user", _key(settings.AUTH_USER_MODEL, "group_memberships")),
            ],
            options={
                "verbose_name": "group membership",
                "verbose_name_plural": "group memberships",
                "constraints": [
                    models.UniqueConstraint(fields=("group", "user"), name="member_once_per_group")
                ],
                **OPTIONS,
            },
            managers=MANAGERS,
        ),
        migrations.CreateModel(
            name="GroupOwnership",
            fields=[
                ("id", _id()),
                ("created_at", _moment("added")),
                ("tenant", _tenant()),
                ("group", _key("guests.group", "ownerships")),
                ("user", _key(settings.AUTH_USER_MODEL, "group_ownerships")),
            ],
            options={
                "verbose_name": "group ownership",
                "verbose_name_plural": "group ownerships",
                "constraints": [
                    models.UniqueConstraint(fields=("group", "user"), name="owner_once_per_group")
                ],
                **OPTIONS,
            },
            managers=MANAGERS,
        ),
        migrations.AlterField(
            model_name="sponsorship",
            name="sponsor",
            field=_key(settings.AUTH_USER_MODEL, "sponsored", blank=True, null=True),
        ),
        migrations.AddField(
            model_name="sponsorship",
            name="group",
            field=_key("guests.group", "sponsored", blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="sponsorship",
            constraint=models.UniqueConstraint(
                fields=("guest", "group"), name="group_once_per_guest"
            ),
        ),
        migrations.AddConstraint(
            model_name="sponsorship",
            constraint=models.CheckConstraint(
                condition=models.Q(group__isnull=True, sponsor__isnull=False)
                | models.Q(group__isnull=False, sponsor__isnull=True),
                name="sponsor_is_a_user_or_a_group",
            ),
        ),
    ]
