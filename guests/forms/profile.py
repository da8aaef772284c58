"""Form fields for the properties of T2, whose lengths and labels come from the model."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import CharField as CharColumn
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests import lookups
from guests.models import Group, Sponsor, User
from portal.addresses import BadAddress, canonical
from portal.tenants.models import Tenant
from portal.texts import refuse_control_characters

JOB_TEXTS = (
    "job_title",
    "company_name",
    "department",
    "employee_id",
    "employee_type",
    "employee_hire_date",
    "office_location",
)
CONTACT_TEXTS = (
    "street_address",
    "city",
    "state",
    "postal_code",
    "country",
    "business_phone",
    "mobile_phone",
    "fax_number",
)
PROFILE_TEXTS = (
    "given_name",
    "surname",
    *(name for name in JOB_TEXTS if name != "employee_hire_date"),
    *CONTACT_TEXTS,
)
"""Text properties of T2 that every form offers."""

AGE_GROUPS = [
    ("", gettext_lazy("None")),
    ("minor", gettext_lazy("Minor")),
    ("notAdult", gettext_lazy("Not adult")),
    ("adult", gettext_lazy("Adult")),
]
CONSENTS = [
    ("", gettext_lazy("None")),
    ("granted", gettext_lazy("Granted")),
    ("denied", gettext_lazy("Denied")),
    ("notRequired", gettext_lazy("Not required")),
]
"""Values of the API with their labels (T2, DIR-10)."""


class TippedCharField(forms.CharField):
    """A text field with more information behind its label."""

    tip: str | Promise = ""


class SwitchField(forms.BooleanField):
    """A switch with more information behind its label."""

    tip: str | Promise = ""

    def __init__(self, **kwargs: Any) -> None:
        """Take what Django's field takes; a switch is never required."""
        widget = forms.CheckboxInput(attrs={"role": "switch"})
        super().__init__(required=False, widget=widget, **kwargs)


def text_fields(names: tuple[str, ...] = PROFILE_TEXTS) -> dict[str, forms.CharField]:
    """A field for each text column of a user."""
    fields = {}
    for name in names:
        column = User._meta.get_field(name)
        assert isinstance(column, CharColumn)  # noqa: S101 - the names above are text columns
        fields[name] = forms.CharField(
            label=label_of(name),
            max_length=column.max_length,
            required=False,
            validators=[refuse_control_characters],
        )
    return fields


def label_of(name: str) -> str:
    """The label of a property, as it begins a line."""
    label = str(User._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return label[:1].upper() + label[1:]


def hire_date_field() -> forms.DateField:
    """The employee hire date."""
    return forms.DateField(
        label=gettext_lazy("Employee hire date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Enter a date such as 2026-11-24.")},
    )


class UsageLocationField(forms.RegexField):
    """A country code of two letters, stored in capitals (ISO 3166-1)."""

    def __init__(self, **kwargs: Any) -> None:
        """Take what Django's field takes."""
        super().__init__(
            r"\A[A-Za-z]{2}\Z",
            label=gettext_lazy("Usage location"),
            required=False,
            error_messages={
                "invalid": gettext_lazy("Enter a country code of two letters, such as DE.")
            },
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        """The code in capitals."""
        return str(super().clean(value)).upper()


def people_named(tenant: Tenant, text: str) -> list[User]:
    """Users of the tenant by sign-in name or address, separated by commas (DIR-25).

    Raises: ValidationError for a name that nobody has.
    """
    found = []
    for name in split(text):
        person = _person_named(tenant, name)
        if person is None:
            raise forms.ValidationError(
                _("Nobody in your organization has the sign-in name %(name)s.")
                % {"name": name[:100]}
            )
        found.append(person)
    return list({person.pk: person for person in found}.values())


def sponsors_named(tenant: Tenant, text: str) -> list[Sponsor]:
    """Users by sign-in name or address and groups by name or object id, with commas (DIR-25).

    Raises: ValidationError for a name that nobody has, or that several groups have.
    """
    found = [_person_named(tenant, name) or _group_named(tenant, name) for name in split(text)]
    return list({sponsor.pk: sponsor for sponsor in found}.values())


def _group_named(tenant: Tenant, name: str) -> Group:
    rows = Group.objects.of(tenant)
    groups: list[Group]
    try:
        groups = list(rows.filter(pk=uuid.UUID(name)))
    except ValueError:
        groups = list(rows.filter(display_name_key=name.casefold()[:256])[:2])
    if len(groups) == 1:
        return groups[0]
    text = _("Nobody in your organization has the sign-in name %(name)s, and no group has it.")
    if groups:
        text = _("Several groups have the name %(name)s. Enter the object ID of one of them.")
    raise forms.ValidationError(text % {"name": name[:100]})


def _person_named(tenant: Tenant, name: str) -> User | None:
    by_name: User | None = User.objects.of(tenant).present().named(name).first()
    if by_name is not None:
        return by_name
    try:
        return lookups.by_address(tenant, canonical(name))
    except BadAddress:
        return None


def split(text: str) -> list[str]:
    """What stands between commas or semicolons."""
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
