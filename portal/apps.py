"""Django app configurations of the project and of Django admin."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    """Registers the checks of SEC-20 and SEC-100 and the Celery app that `delay` publishes to."""

    name = "portal"
    label = "portal"

    def ready(self) -> None:
        """Connect what must be known before the first command or request."""
        from portal import celery, checks, logging

        celery.app.set_default()
        checks.register()
        logging.connect_logging()


class OperationsConfig(AdminConfig):
    """Django admin with our site (SEC-82)."""

    default_site = "portal.operators_site.OperationsSite"
