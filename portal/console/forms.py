"""Form helpers: layouts of blades and panes, hidden versions, posted numbers."""

from __future__ import annotations

from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django.forms import Form
from django.forms.utils import ErrorDict
from django.http import HttpRequest, QueryDict


class Side(Field):
    """Fields with the label beside them, as on blades: `Side("email", "display_name")`."""

    def __init__(self, *fields: str, **attributes: Any) -> None:
        super().__init__(*fields, wrapper_class="side", **attributes)


class GuestForm(Form):
    """A form of a guest page: it puts the focus where typing goes on, without script.

    That is the first faulty field after an error, else the first field. A screen reader starts
    there, so `lead` names the element of the page that such a field is described by.
    """

    takes_focus_on_opening = True
    lead: ClassVar[str] = ""

    @property
    def focused_field(self) -> str:
        """The name of the field that has the focus when the page opens; empty for none."""
        names = [field.name for field in self.visible_fields()]
        faulty = next((name for name in names if name in self.errors), "")
        if faulty or not (self.takes_focus_on_opening or self.is_bound):
            return faulty
        return names[0] if names else ""


def blade_helper(*fields: Any) -> FormHelper:
    """A helper for a form on a blade: no form tag of its own, labels beside the fields.

    Takes field names and layout objects.
    """
    helper = FormHelper()
    helper.form_tag = False
    if fields:
        helper.layout = Layout(*(Side(f) if isinstance(f, str) else f for f in fields))
    return helper


def pane_helper(*fields: Any) -> FormHelper:
    """A helper for a form in a pane or on a guest page: labels above the fields."""
    helper = FormHelper()
    helper.form_tag = False
    if fields:
        helper.layout = Layout(*fields)
    return helper


def without_errors(form: Form) -> None:
    """Show what was typed so far, and not yet what is wrong with it."""
    form._errors = ErrorDict()  # type: ignore[attr-defined]


def shown_version(
    request: HttpRequest, form: Form, stored: object, name: str = "version"
) -> object:
    """The version, in the hidden field `name`, that a page carries which shows `form`.

    What was typed goes with the version it was typed over, also after an error at a field, so
    that it never replaces what somebody else saved meanwhile; what is stored with its own.
    """
    return request.POST.get(name, "") if form.is_bound else stored


def posted_number(request: HttpRequest, name: str) -> int:
    """The number in a hidden field, as a version or a confirmed count; -1 for anything else."""
    return number_in(request.POST, name)


def number_in(data: QueryDict, name: str) -> int:
    """The number that `data` has under `name`; -1 for anything else."""
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
