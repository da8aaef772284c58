"""Form *Add assignments* of directory roles (USR-22, SEC-83)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from guests.models import User
from portal import permissions
from portal.console.forms import pane_helper
from portal.permissions import Role


class RolesForm(forms.Form):
    """The roles that somebody may give and the user does not hold."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one role.")},
    )

    def __init__(self, *args: Any, user: User, by: User, **kwargs: Any) -> None:
        """Take whose roles they are and who gives them, and what Django's forms take."""
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [  # type: ignore[attr-defined]
            (role.value, role.label)
            for role in Role
            if role.value not in user.roles and permissions.may_grant(by, role)
        ]

    @property
    def helper(self) -> Any:
        """The label above the boxes."""
        return pane_helper("roles")
