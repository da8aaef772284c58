"""What this room adds: the External Identities service and the passcode mail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from identityproviders import emails, user_list
from identityproviders.actions import metadata
from identityproviders.blades import locks
from portal.outbox import chores, kinds
from portal.outbox.models import Queue
from portal.shell import navigation, slots
from portal.shell.navigation import Entry, Service


def register() -> None:
    """Register everything; called once when the apps are ready."""
    kinds.register(emails.KIND)
    slots.register("user.methods", "identityproviders", locks.methods)
    chores.register(Queue.BULK, "metadata", metadata.refresh_due)
    slots.register_rows("users.method", "discovery", user_list.expected_methods)
    navigation.register_service(
        Service(
            "external_identities",
            _("External Identities"),
            "globe_person",
            navigation.IDENTITY,
            order=20,
        )
    )
    navigation.register(
        Entry(
            "external_identities",
            "all_identity_providers",
            _("All identity providers"),
            "key_multiple",
            "identityproviders:providers",
            "providers.read",
            order=20,
        )
    )
