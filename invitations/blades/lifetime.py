"""Invitations | Settings: how long they last, and reminders (INV-4, BET-13)."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from guests.actions import protections
from invitations import ages
from invitations.actions import lifetime
from invitations.actions.settings import EDIT_INVITES, ChangedMeanwhile
from invitations.blades import invitations
from invitations.models.policy import LONGEST_AGE_DAYS, MOST_REMINDERS
from portal import permissions
from portal.audit import log
from portal.shell import toasts
from portal.shell.blades import TenantRequest, blade
from portal.shell.forms import pane_helper


class LifetimeForm(forms.Form):
    """Whole days; empty means never."""

    maximum_age_days = forms.IntegerField(
        label=gettext_lazy("Days until an invitation expires"),
        required=False,
        min_value=1,
        max_value=LONGEST_AGE_DAYS,
        help_text=gettext_lazy("1 to 365. Empty: invitations last until they are revoked."),
    )
    reminder_after_days = forms.IntegerField(
        label=gettext_lazy("Days between reminders"),
        required=False,
        min_value=1,
        max_value=LONGEST_AGE_DAYS,
        help_text=gettext_lazy("Guests who have not accepted get the mail again. Empty: never."),
    )
    maximum_reminders = forms.IntegerField(
        label=gettext_lazy("Reminders at most"), min_value=1, max_value=MOST_REMINDERS
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    helper: FormHelper = pane_helper()


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**invitations.PLACE, capability="invitations.read")
def invitation_settings(request: TenantRequest) -> HttpResponse:
    """How long invitations of the organization last, and how often guests are reminded."""
    policy = ages.policy_of(request.tenant)
    names = (*lifetime.COLUMNS, "version")
    initial: dict[str, Any] = {name: getattr(policy, name) for name in names}
    form = LifetimeForm(request.POST or None, initial=initial)
    error, status = "", 200
    if request.method == "POST":
        protections.require(request.user, EDIT_INVITES, log.UPDATE_AUTHORIZATION_POLICY)
        status = 400
        if form.is_valid():
            try:
                version = form.cleaned_data["version"]
                is_changed = lifetime.save(
                    request.tenant, form.cleaned_data, by=request.user, version=version
                )
            except ChangedMeanwhile as refusal:
                form = LifetimeForm(initial=initial)
                error, status = str(refusal), refusal.status
            else:
                title = _("Settings were saved") if is_changed else _("Nothing changed")
                toasts.succeeded(request, title)
                return redirect(invitations.LIST)
    context = {
        **invitations.behind_pane(request, _("Settings"), _("Invitations")),
        "page": invitations.list_page(request),
        "form": form,
        "error": error,
        "may_edit": permissions.may(request.user, EDIT_INVITES),
        "roles": permissions.role_names(EDIT_INVITES),
    }
    return render(request, "invitations/invitation_settings.html", context, status=status)
