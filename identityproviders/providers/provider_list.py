"""Rows of the list All identity providers (IDP-1 to IDP-3), and expected methods in All users."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.translation import gettext_lazy as _

from guests.models import Issuer, User
from identityproviders.discovery.queries import (
    expected_methods_of,
    passcode_policy_of,
    passcode_settings,
)
from identityproviders.models import Federation, SocialProvider
from identityproviders.passcodes.policy.state import passcode_state
from identityproviders.providers import provider_config
from portal.tenants.models import Tenant
from portal.values import email_address

EXPIRES_SOON = timedelta(days=30)
"""A certificate is marked from then on (IDP-3)."""
SEARCHED_ROWS = 200
"""Custom providers that the list shows; a search finds the others."""

Text = str | Promise


class Expiry(enum.StrEnum):
    """What is to be said of a certificate."""

    NONE = ""
    FINE = "fine"
    SOON = "soon"
    OVER = "over"


@dataclass(frozen=True)
class BuiltInRow:
    """A row of the built-in providers; `kind` is the color of its status.

    `is_to_do` says that the status asks for something: it is the link to the configuration.
    """

    key: str
    name: Text
    icon: str
    type: Text
    status: Text
    kind: str
    purpose: Text
    guests: int
    url: str
    is_to_do: bool = False


@dataclass(frozen=True)
class CustomRow:
    """A custom provider with its domains and guests."""

    id: uuid.UUID
    name: str
    protocol: str
    domains: tuple[str, ...]
    certificate_expires_at: datetime | None
    expiry: Expiry
    guests: int
    url: str


def built_in_providers(tenant: Tenant, now: datetime | None = None) -> list[BuiltInRow]:
    """The five built-in rows with their status and the guests who accepted with each."""
    guests = _guests_by_issuer(tenant)
    kinds = set(SocialProvider.objects.of(tenant).values_list("kind", flat=True))
    return [
        BuiltInRow(
            Issuer.EXTERNAL_TENANT,
            _("Microsoft Entra ID"),
            "building",
            _("Organization account"),
            _("Configured"),
            "ok",
            _("Guests whose organization has a tenant of its own"),
            guests.get(Issuer.EXTERNAL_TENANT, 0),
            reverse("identityproviders:built_in", args=["microsoft-entra-id"]),
        ),
        BuiltInRow(
            Issuer.PERSONAL,
            provider_config.personal_accounts_label(),
            "person",
            _("Personal account"),
            _("Configured"),
            "ok",
            _("Guests with a personal account"),
            guests.get(Issuer.PERSONAL, 0),
            reverse("identityproviders:built_in", args=["microsoft-account"]),
        ),
        _passcode(tenant, guests.get(Issuer.PASSCODE, 0), now or timezone.now()),
        _social(
            SocialProvider.Kind.GOOGLE,
            kinds,
            guests,
            _("Guests with an address at gmail.com or googlemail.com"),
            reverse("identityproviders:google"),
        ),
        _social(
            SocialProvider.Kind.FACEBOOK,
            kinds,
            guests,
            _("Self-service sign-up only, never invitations"),
            reverse("identityproviders:facebook"),
        ),
    ]


def custom_providers(
    tenant: Tenant, search: str = "", now: datetime | None = None
) -> list[CustomRow]:
    """The custom providers whose name, issuer or domain has `search` in it, by name.

    Their guests are those stored under their issuer (T5).
    """
    guests = _guests_by_issuer(tenant)
    now = now or timezone.now()
    rows = Federation.objects.of(tenant).prefetch_related("domains")
    found = [row for row in rows if _matches(row, search)] if search else list(rows)
    return [
        CustomRow(
            id=row.pk,
            name=row.display_name,
            protocol=row.get_protocol_display(),
            domains=tuple(domain.name for domain in row.domains.all()),
            certificate_expires_at=row.certificate_expires_at,
            expiry=expiry_of(row.certificate_expires_at, now),
            guests=guests.get(row.issuer, 0),
            url=reverse("identityproviders:federation", args=[row.pk]),
        )
        for row in found[:SEARCHED_ROWS]
    ]


def expiry_of(expires_at: datetime | None, now: datetime) -> Expiry:
    """Whether a certificate is over, soon over, or neither (IDP-3)."""
    if expires_at is None:
        return Expiry.NONE
    if expires_at <= now:
        return Expiry.OVER
    return Expiry.SOON if expires_at <= now + EXPIRES_SOON else Expiry.FINE


def _matches(row: Federation, search: str) -> bool:
    """Whether the letters stand in the name, the issuer or a domain, in either of its forms."""
    letters = search.strip().casefold()
    names = [domain.name for domain in row.domains.all()]
    shown = [email_address.unicode_domain(name) for name in names]
    texts = [row.display_name, row.issuer, *names, *shown]
    return any(letters in text.casefold() for text in texts)


def _social(
    kind: SocialProvider.Kind,
    configured: set[str],
    guests: Mapping[str, int],
    purpose: Text,
    url: str,
) -> BuiltInRow:
    is_configured = kind in configured
    return BuiltInRow(
        kind,
        kind.label,
        "globe",
        _("Social"),
        _("Configured") if is_configured else _("Configure"),
        "ok" if is_configured else "off",
        purpose,
        guests.get(kind, 0),
        url,
        is_to_do=not is_configured,
    )


def _passcode(tenant: Tenant, guests: int, now: datetime) -> BuiltInRow:
    policy = passcode_policy_of(tenant)
    state = passcode_state(passcode_settings(tenant, policy), now)
    kind = "ok" if state.is_effective else "off"
    return BuiltInRow(
        Issuer.PASSCODE,
        _("Email one-time passcode"),
        "mail",
        _("Code by e-mail"),
        state.status_label,
        "warn" if state.is_scheduled else kind,
        _("Guests without any other account"),
        guests,
        reverse("identityproviders:passcode_pane"),
    )


def _guests_by_issuer(tenant: Tenant) -> Mapping[str, int]:
    rows = User.objects.of(tenant).accepted().order_by().values("identity_issuer")
    return {row["identity_issuer"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def expected_methods(request: HttpRequest, users: Sequence[Any]) -> dict[Any, str]:
    """The label of the method for the external users of one page, by primary key."""
    if not users:
        return {}
    found = expected_methods_of(users[0].tenant, users)
    return {pk: conditional_escape(decision.label) for pk, decision in found.items()}
