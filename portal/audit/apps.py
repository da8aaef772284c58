"""The Django app of the logs."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Audit and sign-in events of every tenant (AUD-1, LOG-1)."""

    name = "portal.audit"
    label = "audit"

    def ready(self) -> None:
        """Bring the blades into the menus."""
        from portal.audit import registrations

        registrations.register()
