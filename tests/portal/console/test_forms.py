"""The template pack `fluent`: labels, hints and errors that belong to their fields."""

from __future__ import annotations

from crispy_forms.layout import Fieldset
from crispy_forms.utils import render_crispy_form
from django import forms

from portal.console.forms import blade_helper, pane_helper
from tests.support.page import inline_code
from tests.support.white_space import without_line_breaks


class Example(forms.Form):
    email = forms.EmailField(label="Email", help_text="One address")
    note = forms.CharField(label="Message", widget=forms.Textarea, required=False)
    is_sent = forms.BooleanField(
        label="Send", required=False, widget=forms.CheckboxInput(attrs={"role": "switch"})
    )
    is_sure = forms.BooleanField(label="I am sure", required=False)
    way = forms.ChoiceField(
        label="Way", widget=forms.RadioSelect, choices=[("a", "First"), ("b", "Second")]
    )


def test_error_is_tied_to_its_field() -> None:
    html = without_line_breaks(render_crispy_form(Example({"email": "no"}), blade_helper("email")))

    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert '<p class="hint" id="id_email_helptext">One address</p>' in html
    assert 'id="id_email_error"' in html
    assert 'class="field side"' in html
    assert not inline_code(html)


def test_labels_stand_above_fields_in_a_pane() -> None:
    html = without_line_breaks(render_crispy_form(Example(), pane_helper("email", "note")))

    assert 'class="field "' in html
    assert '<label for="id_email" class="req">Email</label>' in html
    assert "<form" not in html


def test_every_kind_of_choice_is_drawn_as_the_design_says() -> None:
    html = without_line_breaks(
        render_crispy_form(Example(), pane_helper("is_sent", "is_sure", Fieldset("More", "way")))
    )

    assert 'role="switch"' in html
    assert html.count('class="choice"') == 3
    assert '<legend class="strong">More</legend>' in html
    assert '<span class="req">Way</span>' in html


def test_errors_of_the_whole_form_are_a_message_bar() -> None:
    form = Example({"email": "a@b.example", "way": "a"})
    form.full_clean()
    form.add_error(None, "Somebody was faster.")

    html = without_line_breaks(render_crispy_form(form, pane_helper("email")))

    assert 'class="message bad" role="alert"' in html
    assert "Somebody was faster." in html
