"""What this room adds: the External Identities service and the passcode mail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from identityproviders.passcodes import lock_views
from identityproviders.passcodes.emails import PASSCODE_MAIL
from identityproviders.providers import provider_list
from identityproviders.providers.federations import metadata
from portal.console import navigation, slots
from portal.console.navigation import Entry, Service
from portal.outbox import mail_types, periodic
from portal.outbox.models import Queue


def register() -> None:
    """Register everything; called once when the apps are ready."""
    mail_types.register_mail_type(PASSCODE_MAIL)
    slots.register_slot("user.methods", "identityproviders", lock_views.user_sign_in_methods)
    periodic.register_periodic(Queue.BULK, "metadata", metadata.refresh_due_metadata)
    slots.register_row_slot("users.method", "discovery", provider_list.expected_methods)
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
