"""Register what this app adds to others: navigation, the passcode mail, the expected method."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from guests.html_hooks import USER_METHODS, USERS_METHOD
from identityproviders.models import (
    OpenIDClient,
    OperatorProvider,
    PasscodeRequest,
    SocialProvider,
)
from identityproviders.passcodes import lock_views
from identityproviders.passcodes.emails import PASSCODE_MAIL
from identityproviders.providers import provider_list
from identityproviders.providers.federations import metadata
from portal.console import navigation
from portal.console.navigation import Entry, Service, register_entry, register_service
from portal.outbox.mail_types import MAIL_TYPES
from portal.outbox.models import Queue
from portal.outbox.periodic import PERIODIC_TASKS, PeriodicTask
from portal.permissions import Capability
from portal.security.keyed_rows import KEYED_ROWS, KeyedRows


def _live_codes() -> QuerySet[PasscodeRequest]:
    rows: QuerySet[PasscodeRequest] = PasscodeRequest.unscoped.filter(
        expires_at__gt=Now(), consumed_at=None, superseded_at=None
    )
    return rows


KEYED = {
    "codes": KeyedRows(_live_codes, "key_id"),
    "social providers": KeyedRows(SocialProvider.unscoped.all, "client_secret", is_sealed=True),
    "client secrets": KeyedRows(OpenIDClient.unscoped.all, "client_secret", is_sealed=True),
    "client keys": KeyedRows(OpenIDClient.unscoped.all, "private_key", is_sealed=True),
    "operator providers": KeyedRows(OperatorProvider.objects.all, "client_secret", is_sealed=True),
}
"""Rows that are of no use without the key they were made with (FI-12).

Round trips are left out: they end in ten minutes.
"""


def register() -> None:
    """Register everything; called once when the apps are ready."""
    MAIL_TYPES.register(PASSCODE_MAIL.name, PASSCODE_MAIL)
    for name, keyed in KEYED.items():
        KEYED_ROWS.register(name, keyed)
    USER_METHODS.register("identityproviders", lock_views.user_sign_in_methods)
    PERIODIC_TASKS.register(
        "metadata", PeriodicTask("metadata", Queue.BULK, metadata.refresh_due_metadata)
    )
    USERS_METHOD.register("discovery", provider_list.expected_methods)
    register_service(
        Service(
            "external_identities",
            _("External Identities"),
            "globe_person",
            navigation.IDENTITY,
        ),
        order=20,
    )
    register_entry(
        Entry(
            "external_identities",
            "all_identity_providers",
            _("All identity providers"),
            "key_multiple",
            "identityproviders:providers",
            Capability.PROVIDERS_READ,
        ),
        order=20,
    )
