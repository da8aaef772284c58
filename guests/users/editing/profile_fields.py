"""Form fields for the properties of T2; lengths and labels come from the model."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import CharField as CharColumn
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from guests.access.directory import Directory
from guests.models import User
from guests.picker import Groups, People, PeopleAndGroups, PickerField
from guests.sponsors.actions import MAXIMUM_SPONSORS
from portal.values.text import refuse_control_characters

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


def manager_field(directory: Directory, user: User | None = None) -> PickerField:
    """Picks the manager of `user`: one other user of the tenant (DIR-9)."""
    field = PickerField(label=gettext_lazy("Manager"), maximum=1, has_list=False)
    field.offer = People(directory, _others(directory, user))
    return field


def sponsors_field(directory: Directory, guest: User | None = None) -> PickerField:
    """Picks who answers for `guest`: users and groups of the tenant (DIR-25)."""
    field = PickerField(label=gettext_lazy("Sponsors"), maximum=MAXIMUM_SPONSORS, has_list=False)
    people = People(directory, _others(directory, guest))
    field.offer = PeopleAndGroups(people, Groups(directory, directory.groups()))
    return field


def _others(directory: Directory, user: User | None) -> QuerySet[User]:
    rows = directory.people()
    return rows.exclude(pk=user.pk) if user else rows


def split_values(text: str) -> list[str]:
    """What stands between commas or semicolons."""
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
