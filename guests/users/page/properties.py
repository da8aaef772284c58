"""The Properties tab: groups and values of table T2 (USR-18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import formats
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guests.models import User
from guests.templatetags.guests import issuer_label
from guests.users.editing.profile_fields import AGE_GROUPS, CONSENTS
from portal.console.templatetags.console import upn, when

Value = str | SafeString | list[str]


@dataclass(frozen=True)
class Property:
    """One line: its label, what stands there, and how it is shown.

    `field` is the field of the edit form that changes it, where one does.
    """

    label: str | Promise
    value: Value
    is_code: bool = False
    field: str = ""

    @property
    def is_folded(self) -> bool:
        """Whether only the number shows at first: several sponsors (DIR-26)."""
        return self.field == "sponsors" and len(self.values) > 1

    @property
    def folded_label(self) -> str:
        """The number of values, before *View* lists them."""
        n = len(self.values)
        return ngettext("%(n)s sponsor", "%(n)s sponsors", n) % {"n": n}

    @property
    def values(self) -> list[str]:
        """The value as lines; none where nothing is set."""
        if isinstance(self.value, list):
            return self.value
        return [self.value] if self.value else []


@dataclass(frozen=True)
class PropertyGroup:
    """A category of T2."""

    name: str
    label: str | Promise
    properties: list[Property]


def property_groups(user: User) -> list[PropertyGroup]:
    """Every property of T2 of `user`, under its category."""
    return [
        PropertyGroup(name, label, [show(user) for show in properties])
        for name, label, properties in _CATEGORIES
    ]


Show = Callable[[User], Property]


def _column(label: str | Promise, name: str, *, is_code: bool = False) -> Show:
    def show(user: User) -> Property:
        return Property(label, _shown(getattr(user, name)), is_code, field=name)

    return show


def _derived(label: str | Promise, value: Callable[[User], Any], field: str = "") -> Show:
    def show(user: User) -> Property:
        return Property(label, _shown(value(user)), field=field)

    return show


def _shown(value: Any) -> Value:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, date):
        return str(formats.date_format(value, "M j, Y"))
    if isinstance(value, list):
        return [str(item) for item in value]
    return value if isinstance(value, str) else str(value)


def _legal_age_group(user: User) -> str:
    """Derived from age group and consent (T2)."""
    if user.age_group == "minor":
        return {
            "granted": "minorWithParentalConsent",
            "denied": "minorWithoutParentalConsent",
            "notRequired": "minorNoParentalConsentRequired",
        }.get(user.consent_provided_for_minor, "")
    return {"notAdult": "notAdult", "adult": "adult"}.get(user.age_group, "")


def _identities(user: User) -> list[str]:
    issuers = [issuer_label(identity.issuer) for identity in user.identities.all()]
    return list(dict.fromkeys(issuers)) or [issuer_label(user.identity_issuer)]


def _manager(user: User) -> str:
    manager = user.present_manager
    return manager.display_name if manager else ""


def _sponsors(user: User) -> list[str]:
    return [row.name for row in user.sponsorships.all()]


def _password_profile(user: User) -> str:
    if user.is_external:
        return ""
    return _("Change at next sign-in") if user.must_change_password else _("Set")


_IDENTITY: list[Show] = [
    _column(gettext_lazy("Display name"), "display_name"),
    _column(gettext_lazy("First name"), "given_name"),
    _column(gettext_lazy("Last name"), "surname"),
    _derived(
        gettext_lazy("User principal name"), lambda user: upn(user.user_principal_name), "name"
    ),
    _column(gettext_lazy("Object ID"), "id", is_code=True),
    _derived(gettext_lazy("Identities"), _identities),
    _derived(gettext_lazy("User type"), lambda user: user.get_user_type_display(), "user_type"),
    _derived(gettext_lazy("Creation type"), lambda user: user.get_creation_type_display()),
    _column(gettext_lazy("Created date time"), "created_at"),
    _column(gettext_lazy("Last password change"), "last_password_change_at"),
    _derived(gettext_lazy("Invitation state"), lambda user: user.get_external_user_state_display()),
    _column(gettext_lazy("External user state change date"), "external_user_state_changed_at"),
    _column(gettext_lazy("Assigned licenses"), "assigned_licenses"),
    _column(gettext_lazy("Password policies"), "password_policies"),
    _derived(gettext_lazy("Password profile"), _password_profile),
    _column(gettext_lazy("Preferred language"), "preferred_language"),
    _column(gettext_lazy("Sign in sessions valid from"), "sign_in_sessions_valid_from"),
    _derived(gettext_lazy("Authorization info"), lambda user: ""),
]

_JOB: list[Show] = [
    _column(gettext_lazy("Job title"), "job_title"),
    _column(gettext_lazy("Company name"), "company_name"),
    _column(gettext_lazy("Department"), "department"),
    _column(gettext_lazy("Employee ID"), "employee_id"),
    _column(gettext_lazy("Employee type"), "employee_type"),
    _column(gettext_lazy("Employee hire date"), "employee_hire_date"),
    _column(gettext_lazy("Office location"), "office_location"),
    _derived(gettext_lazy("Manager"), _manager, "manager"),
    _derived(gettext_lazy("Sponsors"), _sponsors, "sponsors"),
]

_CONTACT: list[Show] = [
    _column(gettext_lazy("Street address"), "street_address"),
    _column(gettext_lazy("City"), "city"),
    _column(gettext_lazy("State or province"), "state"),
    _column(gettext_lazy("ZIP or postal code"), "postal_code"),
    _column(gettext_lazy("Country or region"), "country"),
    _column(gettext_lazy("Business phone"), "business_phone"),
    _column(gettext_lazy("Mobile phone"), "mobile_phone"),
    _column(gettext_lazy("Fax"), "fax_number"),
    _column(gettext_lazy("Email"), "mail"),
    _column(gettext_lazy("Other emails"), "other_mails"),
    _column(gettext_lazy("Proxy addresses"), "proxy_addresses"),
    _column(gettext_lazy("IM addresses"), "im_addresses"),
    _column(gettext_lazy("Mail nickname"), "mail_nickname"),
]

_PARENTAL: list[Show] = [
    _derived(
        gettext_lazy("Age group"),
        lambda user: dict(AGE_GROUPS).get(user.age_group) if user.age_group else "",
        "age_group",
    ),
    _derived(
        gettext_lazy("Consent provided for minor"),
        lambda user: (
            dict(CONSENTS).get(user.consent_provided_for_minor)
            if user.consent_provided_for_minor
            else ""
        ),
        "consent_provided_for_minor",
    ),
    _derived(gettext_lazy("Legal age group classification"), _legal_age_group),
]

_SETTINGS: list[Show] = [
    _column(gettext_lazy("Account enabled"), "account_enabled"),
    _column(gettext_lazy("Usage location"), "usage_location"),
]

_ON_PREMISES: list[Show] = [
    _derived(
        gettext_lazy("On-premises sync enabled"),
        lambda user: bool(user.on_premises_sync_enabled),
    ),
    _derived(gettext_lazy("On-premises last sync date time"), lambda user: ""),
    _derived(gettext_lazy("On-premises distinguished name"), lambda user: ""),
    _derived(gettext_lazy("On-premises immutable ID"), lambda user: ""),
    _derived(gettext_lazy("On-premises provisioning errors"), lambda user: ""),
    _derived(gettext_lazy("On-premises SAM account name"), lambda user: ""),
    _derived(gettext_lazy("On-premises security identifier"), lambda user: ""),
    _derived(gettext_lazy("On-premises user principal name"), lambda user: ""),
    _derived(gettext_lazy("On-premises domain name"), lambda user: ""),
]

_PHOTO: list[Show] = [
    _derived(gettext_lazy("Profile picture"), lambda user: bool(user.photo_version), "photo"),
]

_CATEGORIES: list[tuple[str, Promise, list[Show]]] = [
    ("identity", gettext_lazy("Identity"), _IDENTITY),
    ("job", gettext_lazy("Job information"), _JOB),
    ("contact", gettext_lazy("Contact information"), _CONTACT),
    ("parental", gettext_lazy("Parental controls"), _PARENTAL),
    ("settings", gettext_lazy("Settings"), _SETTINGS),
    ("on-premises", gettext_lazy("On-premises"), _ON_PREMISES),
    ("photo", gettext_lazy("Photo"), _PHOTO),
]
