"""The room of the organization itself."""

from django.apps import AppConfig


class OrganizationConfig(AppConfig):
    """Tenant properties, custom domain names, company branding."""

    name = "portal.organization"
    label = "organization"

    def ready(self) -> None:
        """Register navigation."""
        from portal.organization import registrations

        registrations.register()
