"""What this room adds to the shell: navigation, slots, mail kinds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.shell import navigation
from portal.shell.navigation import Entry, Service


def register() -> None:
    """Register everything; called once when the apps are ready."""
    navigation.register_service(
        Service("users", _("Users"), "people", navigation.IDENTITY, order=10)
    )
    navigation.register(
        Entry(
            "users", "all_users", _("All users"), "people", "guests:users", "users.read", order=10
        )
    )
    navigation.register(
        Entry("user", "overview", _("Overview"), "person", "guests:user", "users.read", order=10)
    )
