"""The ways in, as the list of identity providers shows them (IDP-1 to IDP-3, T11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guests.models import Issuer, User
from identityproviders import passcode_policy, queries
from identityproviders.models import Federation, SocialProvider
from portal.tenants.models import Tenant

EXPIRES_SOON = timedelta(days=30)
"""A certificate is marked from then on (IDP-3)."""

Text = str | Promise


@dataclass(frozen=True)
class BuiltIn:
    """A row of the built-in providers; `kind` is the colour of its status."""

    name: Text
    icon: str
    type: Text
    status: Text
    kind: str
    purpose: Text
    guests: int
    url: str = ""


@dataclass(frozen=True)
class Custom:
    """A federation with its domains and guests."""

    name: str
    protocol: str
    domains: tuple[str, ...]
    certificate_expires_at: datetime | None
    is_expiring: bool
    guests: int


def built_in(tenant: Tenant, now: datetime | None = None) -> list[BuiltIn]:
    """The five built-in rows with their status and the guests who accepted with each."""
    guests = _guests_by_issuer(tenant)
    kinds = set(SocialProvider.objects.of(tenant).values_list("kind", flat=True))
    configured: tuple[Text, str] = (_("Configured"), "ok")
    absent: tuple[Text, str] = (_("Not configured"), "off")
    google = configured if SocialProvider.Kind.GOOGLE in kinds else absent
    facebook = configured if SocialProvider.Kind.FACEBOOK in kinds else absent
    return [
        BuiltIn(
            _("Microsoft Entra ID"),
            "building",
            _("Organization account"),
            *configured,
            _("Guests whose organization has a tenant of its own"),
            guests.get(Issuer.EXTERNAL_TENANT, 0),
        ),
        BuiltIn(
            _("Microsoft account"),
            "person",
            _("Personal account"),
            *configured,
            _("Guests with a personal Microsoft account"),
            guests.get(Issuer.PERSONAL, 0),
        ),
        _passcode(tenant, guests.get(Issuer.PASSCODE, 0), now or timezone.now()),
        BuiltIn(
            "Google",
            "globe",
            _("Social"),
            *google,
            _("Guests with an address at gmail.com or googlemail.com"),
            guests.get(Issuer.GOOGLE, 0),
        ),
        BuiltIn(
            "Facebook",
            "globe",
            _("Social"),
            *facebook,
            _("Self-service sign-up only, never invitations"),
            guests.get(Issuer.FACEBOOK, 0),
        ),
    ]


def custom(tenant: Tenant, now: datetime | None = None) -> list[Custom]:
    """The federations of the tenant; their guests are those stored under their issuer (T5)."""
    guests = _guests_by_issuer(tenant)
    soon = (now or timezone.now()) + EXPIRES_SOON
    return [
        Custom(
            name=row.display_name,
            protocol=row.get_protocol_display(),
            domains=tuple(domain.name for domain in row.domains.all()),
            certificate_expires_at=row.certificate_expires_at,
            is_expiring=bool(row.certificate_expires_at and row.certificate_expires_at <= soon),
            guests=guests.get(row.issuer, 0),
        )
        for row in Federation.objects.of(tenant).prefetch_related("domains")
    ]


def _passcode(tenant: Tenant, guests: int, now: datetime) -> BuiltIn:
    policy = queries.passcode_policy_of(tenant)
    state = passcode_policy.compute(queries.passcode_settings(tenant, policy), now)
    kind = "ok" if state.is_effective else "off"
    return BuiltIn(
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
