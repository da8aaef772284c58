"""Form of terms of use (CON-4)."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from invitations.terms.models import LONGEST_TEXT
from portal.console.forms import pane_helper
from portal.values.text import refuse_control_characters, refuse_control_characters_in_lines


class TermsForm(forms.Form):
    """A document with its text, or the text of a new version."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        validators=[refuse_control_characters],
        error_messages={"required": _("Enter a name.")},
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_TEXT,
        validators=[refuse_control_characters_in_lines],
        help_text=_("**bold**, *italic*, ++underlined++, [words](https://example.com)"),
        error_messages={"required": _("Enter the text.")},
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    shown = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    helper: FormHelper = pane_helper()

    def __init__(self, *args: Any, is_version: bool = False, **kwargs: Any) -> None:
        """A new version keeps the name, and says which version it follows."""
        super().__init__(*args, **kwargs)
        if is_version:
            del self.fields["name"]
            self.fields["shown"].required = True
        else:
            del self.fields["shown"]
