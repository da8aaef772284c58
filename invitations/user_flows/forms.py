"""Form with the attributes that a user flow asks for (SSU-1, SSU-2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.db.models import Field
from django.utils.translation import gettext_lazy as _

from guests.models import User
from guests.users.editing.profile_fields import CountryField
from invitations.user_flows.actions import ATTRIBUTES
from portal.console.forms import GuestForm, pane_helper
from portal.values.text import refuse_control_characters

_AUTOCOMPLETE = {
    "display_name": "name",
    "given_name": "given-name",
    "surname": "family-name",
    "job_title": "organization-title",
    "company_name": "organization",
    "street_address": "street-address",
    "postal_code": "postal-code",
    "city": "address-level2",
    "state": "address-level1",
    "country": "country-name",
    "business_phone": "work tel",
}


def _longest(name: str) -> int | None:
    column = User._meta.get_field(name)
    return column.max_length if isinstance(column, Field) else None


class AttributesForm(GuestForm):
    """One required line for each attribute that the flow collects, no longer than its column.

    It stands below the question whether one agrees, which is to be read first.
    """

    takes_focus_on_opening = False
    helper: FormHelper = pane_helper()

    def __init__(self, *args: Any, names: Sequence[str], **kwargs: Any) -> None:
        """Take the names of the attributes; those that no flow can collect are left out."""
        super().__init__(*args, **kwargs)
        for name in names:
            if name == "country":
                self.fields[name] = CountryField(
                    label=ATTRIBUTES[name],
                    required=True,
                    error_messages={"required": _("Enter a value.")},
                    widget=forms.Select(attrs={"autocomplete": _AUTOCOMPLETE[name]}),
                )
            elif name in ATTRIBUTES:
                self.fields[name] = forms.CharField(
                    label=ATTRIBUTES[name],
                    max_length=_longest(name),
                    validators=[refuse_control_characters],
                    error_messages={"required": _("Enter a value.")},
                    widget=forms.TextInput(attrs={"autocomplete": _AUTOCOMPLETE[name]}),
                )
