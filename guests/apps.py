"""The Django app of users, groups and roles."""

from django.apps import AppConfig


class GuestsConfig(AppConfig):
    """Users, identities, roles, sponsors and the Users blade."""

    name = "guests"
    label = "guests"

    def ready(self) -> None:
        """Register navigation."""
        from guests import registrations

        registrations.register()
