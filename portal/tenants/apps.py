"""The Django app of tenants."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    """The organizations of this deployment and their domains (DIR-1 to DIR-8)."""

    name = "portal.tenants"
    label = "tenants"

    def ready(self) -> None:
        """Register the pages; keep the operators' own tenant in every database."""
        from portal.tenants import registrations

        registrations.register()
        post_migrate.connect(_create_platform, sender=self, dispatch_uid="platform-tenant")


def _create_platform(using: str, **_: Any) -> None:
    """Make the tenant operators belong to, after each migrate and each flush.

    A data migration would do for deployments, but the tests' flushes would remove its rows.
    """
    from portal.tenants.models import PLATFORM_DOMAIN, PLATFORM_TENANT_ID, Domain, Tenant

    tenant, _is_new = Tenant.objects.using(using).get_or_create(
        pk=PLATFORM_TENANT_ID, defaults={"display_name": "Platform"}
    )
    Domain.objects.using(using).get_or_create(
        tenant=tenant,
        name=PLATFORM_DOMAIN,
        defaults={"is_initial": True, "is_verified": True},
    )
