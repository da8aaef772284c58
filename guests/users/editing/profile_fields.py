"""Form fields for the properties of T2; lengths and labels come from the model."""

from __future__ import annotations

from collections.abc import Callable
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
from portal.values import regions
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


def text_fields(names: tuple[str, ...] = PROFILE_TEXTS) -> dict[str, forms.Field]:
    """A field for each text column of a user; a country is chosen."""
    fields: dict[str, forms.Field] = {}
    for name in names:
        column = User._meta.get_field(name)
        assert isinstance(column, CharColumn)  # noqa: S101 - the names above are text columns
        if name == "country":
            fields[name] = CountryField(label=label_of(name))
            continue
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


class RegionField(forms.ChoiceField):
    """Chosen from a list of ISO codes or names, with a blank for none.

    A value stored before, which the list lacks, stays on offer when `keep` got it.
    """

    offer: Callable[[], regions.Choices]
    refusal: Callable[[str], str]

    def __init__(self, **kwargs: Any) -> None:
        """Take what Django's field takes; the list is read when it is drawn, in its language."""
        super().__init__(
            required=kwargs.pop("required", False), choices=self._list_choices, **kwargs
        )
        self._kept = ""

    def keep(self, stored: str) -> None:
        """Offer what is stored, too."""
        self._kept = stored

    def _list_choices(self) -> regions.Choices:
        listed = type(self).offer()
        is_known = not self._kept or self._kept in dict(listed)
        return [("", "–"), *([] if is_known else [(self._kept, self._kept)]), *listed]

    def __deepcopy__(self, memo: dict[int, Any]) -> RegionField:
        """A form's own field asks for its own list."""
        copied: RegionField = super().__deepcopy__(memo)
        copied.choices = copied._list_choices
        return copied

    def validate(self, value: Any) -> None:
        """Refuse what the list lacks, naming it."""
        forms.Field.validate(self, value)
        if value and not self.valid_value(value):
            raise forms.ValidationError(type(self).refusal(str(value)))


class CountryField(RegionField):
    """A country or region by its English name (T2); a code and other cases are understood."""

    offer = staticmethod(regions.list_countries)
    refusal = staticmethod(regions.country_refusal)

    def to_python(self, value: Any) -> str:
        """The name as it is stored, or the text as it came."""
        text = str(super().to_python(value)).strip()
        return text if text == self._kept else regions.find_country(text) or text


class UsageLocationField(RegionField):
    """A country code of two letters, stored in capitals (ISO 3166-1)."""

    offer = staticmethod(regions.list_country_codes)
    refusal = staticmethod(regions.country_code_refusal)

    def __init__(self, **kwargs: Any) -> None:
        """Take what Django's field takes."""
        super().__init__(label=gettext_lazy("Usage location"), **kwargs)

    def to_python(self, value: Any) -> str:
        """The code in capitals."""
        text = str(super().to_python(value)).strip()
        return text.upper() if len(text) == 2 else text


class LanguageField(RegionField):
    """The language that somebody prefers, by its tag (T2)."""

    offer = staticmethod(regions.list_languages)
    refusal = staticmethod(regions.language_refusal)

    def valid_value(self, value: Any) -> bool:
        """Any tag of a known language and region."""
        return super().valid_value(value) or regions.is_language_tag(str(value))


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
