"""The Django app of the outbox."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Transactional outbox (REL-1 to REL-17)."""

    name = "portal.outbox"
    label = "outbox"

    def ready(self) -> None:
        """Let every Celery worker sweep its queues and show that it lives (REL-3, REL-16)."""
        from portal.outbox import registrations
        from portal.outbox.bounces.provider_events import connect_provider_events
        from portal.outbox.sending.sweeper import connect_sweepers

        registrations.register()
        connect_sweepers()
        connect_provider_events()
