"""Guest page My account, Profile: the own data, and what the person may change of it (T17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from guests.models import User
from guests.photos import actions as photo_actions
from guests.users.editing.actions import UserEdit, edit_user
from identityproviders.sign_in.responses import ask_again_page
from invitations.my_account.views import own_account_page
from invitations.redemption.opened_invitation import SeeOther
from portal.console import toasts
from portal.console.forms import GuestForm, pane_helper
from portal.errors import DomainError
from portal.languages import written_day
from portal.values.text import refuse_control_characters

PAGE = "invitations/my_account/profile.html"


class ProfileForm(GuestForm):
    """What everybody may change of their own profile (T17)."""

    takes_focus_on_opening = False

    mobile_phone = forms.CharField(
        label=gettext_lazy("Mobile phone"),
        max_length=64,
        required=False,
        validators=[refuse_control_characters],
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    preferred_language = forms.ChoiceField(
        label=gettext_lazy("Language of e-mails to you"), required=False
    )

    helper: FormHelper = pane_helper()

    def __init__(self, values: Mapping[str, Any] | None, *, person: User) -> None:
        """Take what was posted, if anything, and the person as stored."""
        stored = {name: getattr(person, name) for name in ("mobile_phone", "preferred_language")}
        super().__init__(values, initial=stored)
        own = person.preferred_language
        known = dict(settings.LANGUAGES)
        more = {} if not own or own in known else {own: own}
        field = self.fields["preferred_language"]
        choices = [("", _("That of the organization")), *known.items(), *more.items()]
        field.choices = choices  # type: ignore[attr-defined]

    @property
    def edits(self) -> list[UserEdit]:
        """What was changed against what was stored."""
        return [
            UserEdit(name, self.initial[name], self.cleaned_data[name])
            for name in self.changed_data
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@own_account_page
def profile(request: HttpRequest, user: User) -> HttpResponse:
    """Show the own data; save phone and language, or the photo."""
    go = request.POST.get("go", "")
    form = ProfileForm(request.POST if go == "save" else None, person=user)
    context = {"host": user.tenant, "person": user, "form": form, "facts": _facts(user)}
    if request.method != "POST":
        return render(request, PAGE, context)
    if go != "save":
        return _change_photo(request, user, context)
    if not form.is_valid():
        return ask_again_page(request, PAGE, context)
    if form.edits:
        edit_user(user, by=user, edits=form.edits)
        toasts.succeeded(request, _("Your profile was saved"))
    return _reopen(user)


def _change_photo(request: HttpRequest, user: User, context: dict[str, Any]) -> HttpResponse:
    upload = request.FILES.get("photo")
    try:
        if request.POST.get("go") == "remove":
            photo_actions.remove_photo(user, by=user)
        elif upload is None or upload.file is None:
            return ask_again_page(request, PAGE, {**context, "photo_error": _("Choose a file.")})
        else:
            photo_actions.set_photo(user, by=user, file=upload.file)
    except DomainError as error:
        return ask_again_page(request, PAGE, {**context, "photo_error": str(error)})
    toasts.succeeded(request, _("Your profile was saved"))
    return _reopen(user)


def _reopen(user: User) -> HttpResponse:
    return SeeOther(reverse("invitations:profile", args=[user.tenant.primary_domain]))


def _facts(user: User) -> list[tuple[str, str]]:
    """The person's data at the organization, with labels."""
    return [
        (_("Organization"), user.tenant.display_name),
        (_("Guest since"), written_day(user.external_user_state_changed_at)),
        (_("First name"), user.given_name),
        (_("Last name"), user.surname),
        (_("Company name"), user.company_name),
        (_("Job title"), user.job_title),
        (_("Business phone"), user.business_phone),
    ]
