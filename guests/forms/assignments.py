"""The tab *Assignments* of both wizards: groups and roles of a new user (T8, T9)."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy

from guests.actions.groups import MAXIMUM_GROUPS_AT_ONCE
from guests.directory import Directory
from guests.forms.picker import Groups, PickerField
from portal import permissions
from portal.permissions import Role
from portal.shell.wizard import Tab

ASSIGNMENTS = "assignments"
TAB = Tab(
    ASSIGNMENTS,
    gettext_lazy("Assignments"),
    ((gettext_lazy("Groups"), ("groups",)), (gettext_lazy("Roles"), ("roles",))),
)


def assignment_fields(directory: Directory) -> dict[str, forms.Field]:
    """The fields that the viewer may use: groups they may change, roles they may give.

    A picker without a group to choose is left out, and so are roles without the right.
    """
    fields: dict[str, forms.Field] = {}
    rows = directory.changeable_groups()
    if rows.exists():
        groups = PickerField(label=gettext_lazy("Groups"), maximum=MAXIMUM_GROUPS_AT_ONCE)
        groups.offer = Groups(directory, rows)
        fields["groups"] = groups
    mine = [role for role in Role if permissions.may_grant(directory.viewer, role)]
    if mine:
        fields["roles"] = forms.MultipleChoiceField(
            label=gettext_lazy("Roles"),
            required=False,
            choices=[(role.value, role.label) for role in mine],
            widget=forms.CheckboxSelectMultiple,
        )
    return fields


def steps_with(form: forms.Form, tabs: Sequence[Tab]) -> list[Tab]:
    """`tabs`, without *Assignments* where nothing can be assigned."""
    has_any = any(name in form.fields for name in TAB.fields)
    steps = [tab for tab in tabs if tab.name != ASSIGNMENTS or has_any]
    return [_without_empty_groups(form, tab) if tab.name == ASSIGNMENTS else tab for tab in steps]


def _without_empty_groups(form: forms.Form, tab: Tab) -> Tab:
    """The tab without headings that nothing stands under."""
    groups = tuple(group for group in tab.groups if any(name in form.fields for name in group[1]))
    return Tab(tab.name, tab.label, groups)


def role_labels(values: Sequence[str]) -> str:
    """The roles by their names, for the review."""
    return ", ".join(str(Role(value).label) for value in values)
