"""Forms of groups: their properties, and the people to add."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from guests.groups.actions import MAXIMUM_DESCRIPTION
from guests.models import Group
from guests.picker import MAXIMUM_MATCHES, Offer, PickerField
from portal.console.forms import blade_helper, pane_helper
from portal.errors import DomainError, InvalidInput
from portal.values.text import refuse_control_characters, refuse_control_characters_in_lines


class GroupForm(forms.Form):
    """Name and description; `guests.groups.actions` decides."""

    display_name = forms.CharField(
        label=gettext_lazy("Group name"),
        max_length=256,
        validators=[refuse_control_characters],
        error_messages={"required": gettext_lazy("Enter the name of the group.")},
    )
    description = forms.CharField(
        label=gettext_lazy("Group description"),
        max_length=MAXIMUM_DESCRIPTION,
        required=False,
        validators=[refuse_control_characters_in_lines],
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    @property
    def helper(self) -> Any:
        """Labels beside the fields."""
        return blade_helper(*self.fields)

    def refuse(self, error: DomainError) -> None:
        """Put what an action refused at the field it concerns."""
        field = error.field if isinstance(error, InvalidInput) else None
        self.add_error(field if field in self.fields else None, str(error))


class PickForm(forms.Form):
    """A form with one picker: the people or groups to add."""

    chosen = PickerField(
        label=gettext_lazy("Users"),
        maximum=MAXIMUM_MATCHES,
        empty=gettext_lazy("Choose at least one."),
    )

    def __init__(
        self,
        *args: Any,
        offer: Offer,
        label: str | Promise,
        invites_to: Group | None = None,
        **kwargs: Any,
    ) -> None:
        """Take what is on offer, its label, and what Django's forms take.

        `invites_to` is the group that an unknown address can be invited into (INF-5).
        """
        super().__init__(*args, **kwargs)
        field = self.fields["chosen"]
        assert isinstance(field, PickerField)  # noqa: S101 - declared above
        field.offer, field.label, field.invites_to = offer, str(label), invites_to

    @property
    def helper(self) -> Any:
        """The label above the picker."""
        return pane_helper("chosen")
