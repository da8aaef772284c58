"""The filters of All users (USR-5, USR-6, DIR-27)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.models import (
    CreationType,
    ExternalUserState,
    Group,
    Issuer,
    RoleAssignment,
    SearchTerm,
    Sponsorship,
    User,
    UserType,
)
from portal.console.filters import (
    EMPTY,
    IS,
    STARTS,
    AnyFilter,
    DateFilter,
    Filter,
    Shortcut,
    TextFilter,
    in_column,
)
from portal.permissions import Role
from portal.tenants.models import Tenant

NOT_APPLICABLE = "None"
YES_OR_NO = [("true", _("Yes")), ("false", _("No"))]
SHOW = Shortcut(
    _("Show"),
    [
        (_("All users"), {}),
        (_("Guest users only"), {"userType": UserType.GUEST.value}),
        (_("Guests without sponsor"), {"sponsor" + IS: EMPTY}),
        (
            _("Guests without sign-in for 90 days"),
            {"userType": UserType.GUEST.value, "noSignIn": "90"},
        ),
    ],
)
"""The quick filter of the classic list (USR-6), and the reviews of BET-12."""

_TEXTS = [
    ("companyName", _("Company name"), "company_name"),
    ("department", _("Department"), "department"),
    ("jobTitle", _("Job title"), "job_title"),
    ("city", _("City"), "city"),
    ("state", _("State or province"), "state"),
    ("country", _("Country or region"), "country"),
    ("usageLocation", _("Usage location"), "usage_location"),
    ("employeeType", _("Employee type"), "employee_type"),
]


def _is_synced(value: str) -> Q:
    synced = Q(on_premises_sync_enabled=True)
    # Null means No here (T2), and a negated condition on null would match nothing.
    return synced if value == "true" else Q(on_premises_sync_enabled=None) | ~synced


def _has_not_signed_in(days: str) -> Q:
    """Users younger than `days` do not count as absent."""
    since = timezone.now() - timedelta(days=int(days))
    return Q(~Q(last_sign_in__moment__gt=since), created_at__lte=since)


_KINDS = [
    Filter(
        "userType",
        _("User type"),
        UserType.choices,
        lambda value: Q(user_type=value),
        is_quick=True,
    ),
    Filter(
        "externalUserState",
        _("Invitation state"),
        [*ExternalUserState.choices, (NOT_APPLICABLE, _("Not applicable"))],
        lambda value: Q(external_user_state="" if value == NOT_APPLICABLE else value),
        any_label=_("Any"),
        is_quick=True,
    ),
    Filter(
        "creationType",
        _("Creation type"),
        [*CreationType.choices, (NOT_APPLICABLE, _("None"))],
        lambda value: Q(creation_type="" if value == NOT_APPLICABLE else value),
        any_label=_("Any"),
    ),
]
_ACCOUNT = [
    Filter(
        "accountEnabled",
        _("Account enabled"),
        YES_OR_NO,
        lambda value: Q(account_enabled=value == "true"),
        any_label=_("Any"),
    ),
    Filter(
        "onPremisesSyncEnabled",
        _("On-premises sync enabled"),
        YES_OR_NO,
        _is_synced,
        any_label=_("Any"),
    ),
]


def user_filters(tenant: Tenant) -> list[AnyFilter]:
    """Every filter of USR-5, for the list of `tenant`."""
    identities = TextFilter(
        "identities",
        _("Identities"),
        in_column("identity_issuer"),
        suggestions=[*Issuer.values, tenant.initial_domain],
    )
    role = Filter(
        "assignedRole",
        _("Assigned role"),
        [(role.value, role.label) for role in Role],
        lambda value: Q(pk__in=_holders(tenant, value)),
        any_label=_("Any"),
    )
    return [
        *_KINDS,
        identities,
        *_ACCOUNT,
        *(TextFilter(name, label, in_column(column)) for name, label, column in _TEXTS),
        TextFilter("manager", _("Manager"), _manager(tenant)),
        DateFilter("created", _("Created"), "created_at"),
        Filter(
            "noSignIn",
            _("No sign-in for"),
            [(n, _("%(days)s days") % {"days": n}) for n in ("30", "90", "180")],
            _has_not_signed_in,
            any_label=_("Any"),
            is_negatable=False,
        ),
        role,
        TextFilter("sponsor", _("Sponsor"), _sponsor(tenant), has_empty=True),
    ]


def _holders(tenant: Tenant, role: str) -> object:
    return RoleAssignment.objects.of(tenant).filter(role=role).values("user")


def _people(tenant: Tenant, operator: str, text: str) -> object:
    """Present users by display name or user principal name; search terms have the index."""
    lookup = "startswith" if operator == STARTS else "exact"
    terms = SearchTerm.objects.of(tenant).filter(**{f"term__{lookup}": text.casefold()})
    matches = in_column("display_name"), in_column("user_principal_name")
    name, principal_name = (match(operator, text) for match in matches)
    found = User.objects.of(tenant).present().filter(name | principal_name)
    return found.filter(pk__in=terms.values("user")).values("pk")


def _manager(tenant: Tenant) -> Callable[[str, str], Q]:
    return lambda operator, text: Q(manager__in=_people(tenant, operator, text))


def _sponsor(tenant: Tenant) -> Callable[[str, str], Q]:
    sponsorships = Sponsorship.objects.of(tenant)

    def where(operator: str, text: str) -> Q:
        if operator == EMPTY:
            return Q(user_type=UserType.GUEST) & ~Q(pk__in=sponsorships.values("guest"))
        groups = Group.objects.of(tenant).filter(in_column("display_name")(operator, text))
        people = _people(tenant, operator, text)
        found = sponsorships.filter(Q(sponsor__in=people) | Q(group__in=groups.values("pk")))
        return Q(pk__in=found.values("guest"))

    return where
