"""Forms in several tabs, such as create and invite.

All fields are sent at every step, those of other tabs hidden, so that the server keeps no state and
Next, Previous and Review work without script.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.console.forms import blade_helper
from portal.errors import DomainError, InvalidInput


@dataclass(frozen=True)
class Tab:
    """One step of a wizard and the headings and fields on it."""

    name: str
    label: str | Promise
    groups: tuple[tuple[str | Promise, tuple[str, ...]], ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of all fields of the tab."""
        return tuple(name for _heading, names in self.groups for name in names)


class WizardForm(forms.Form):
    """A form whose fields stand on several tabs; the last tab reviews the others."""

    tabs: ClassVar[Sequence[Tab]] = ()
    steps: Sequence[Tab]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what Django's forms take; set `steps` to leave a tab out."""
        super().__init__(*args, **kwargs)
        self.steps = self.tabs

    def step_named(self, name: str) -> Tab:
        """The tab of this name, the first one for unknown names."""
        return next((tab for tab in self.steps if tab.name == name), self.steps[0])

    @property
    def review(self) -> Tab:
        """The last tab."""
        return self.steps[-1]

    def show(self, tab: Tab) -> None:
        """Show the fields of `tab` and carry all others hidden; call it after validation."""
        shown = set(tab.fields)
        for name, field in self.fields.items():
            if name not in shown:
                field.widget = field.hidden_widget()

    def group_helper(self, names: Iterable[str]) -> Any:
        """What crispy needs to draw one group of fields."""
        return blade_helper(*(name for name in names if name in self.fields))

    def faulty_tabs(self) -> set[str]:
        """The names of the tabs with an error."""
        if not self.is_bound:
            return set()
        return {tab.name for tab in self.steps if any(name in self.errors for name in tab.fields)}

    def faults(self) -> list[tuple[Tab, str, str]]:
        """Every error with its tab and the label of its field, for the review."""
        return [
            (tab, str(self.fields[name].label), str(text))
            for tab in self.steps
            for name in tab.fields
            if name in self.errors
            for text in self.errors[name]
        ]

    def refuse(self, error: DomainError) -> None:
        """Put what an action refused at the field it concerns."""
        field = error.field if isinstance(error, InvalidInput) else None
        self.add_error(field if field in self.fields else None, str(error))

    def summary(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What the review shows: headings with labels and values that are set."""
        found: dict[str, list[tuple[str, str]]] = {}
        for heading, names in (group for tab in self.steps for group in tab.groups):
            rows = [(str(self.fields[n].label), self.shown(n)) for n in names if n in self.fields]
            found.setdefault(str(heading), []).extend(row for row in rows if row[1])
        return [(heading, rows) for heading, rows in found.items() if rows]

    def shown(self, name: str) -> str:
        """The value of a field as the review says it."""
        field = self.fields[name]
        value = self.cleaned_data.get(name, self.data.get(name, ""))
        if isinstance(field, forms.BooleanField):
            return _("Yes") if value else _("No")
        if value is None:
            return ""
        if isinstance(value, list):
            return ", ".join(str(item) for item in value)
        return value.isoformat() if isinstance(value, date) else str(value)


def wizard_context(form: WizardForm, tab: Tab) -> dict[str, Any]:
    """What the wizard's templates need to show `tab` of `form`."""
    steps = list(form.steps)
    is_review = tab == form.review
    faulty = form.faulty_tabs()
    summary, faults = (form.summary(), form.faults()) if is_review else ([], [])
    index = steps.index(tab)
    form.show(tab)
    return {
        "form": form,
        "tab": tab,
        "steps": [(step, step == tab, step.name in faulty) for step in steps],
        "groups": [(heading, form.group_helper(names)) for heading, names in tab.groups],
        "previous": steps[index - 1] if index else None,
        "next": None if is_review else steps[index + 1],
        "review": form.review,
        "is_review": is_review,
        "summary": summary,
        "faults": faults,
        "has_errors": bool(form.is_bound and form.errors),
    }
