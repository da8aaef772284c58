"""Pages Invitations | Settings and Invitations | Redirect targets (INV-4, BET-13, SEC-60)."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from invitations.collaboration.actions import EDIT_INVITES
from invitations.inviting import tickets
from invitations.inviting.models import LONGEST_AGE_DAYS, MOST_REMINDERS
from invitations.overview import invitations_views
from invitations.settings import actions
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import pane_helper, posted_number
from portal.errors import ChangedMeanwhile, InvalidInput
from portal.permissions import Capability


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
@blade(**invitations_views.PLACE, capability=Capability.INVITATIONS_READ)
def invitation_settings(request: TenantRequest) -> HttpResponse:
    """How long invitations of the organization last, and how often guests are reminded."""
    policy = tickets.invitation_policy(request.tenant)
    names = (*actions.COLUMNS, "version")
    initial: dict[str, Any] = {name: getattr(policy, name) for name in names}
    form = LifetimeForm(request.POST or None, initial=initial)
    error, status = "", 200
    if request.method == "POST":
        actions.LIFETIME.require_may_edit(request.tenant, request.user)
        status = 400
        if form.is_valid():
            try:
                version = form.cleaned_data["version"]
                is_changed = actions.save_lifetime(
                    request.tenant, form.cleaned_data, by=request.user, version=version
                )
            except ChangedMeanwhile as refusal:
                form = LifetimeForm(initial=initial)
                error, status = str(refusal), refusal.status
            else:
                title = _("Settings were saved") if is_changed else _("Nothing changed")
                toasts.succeeded(request, title)
                return redirect(invitations_views.LIST)
    context = {
        **invitations_views.behind_pane(request, _("Settings"), _("Invitations")),
        "page": invitations_views.list_page(request),
        "form": form,
        "error": error,
        "may_edit": permissions.may(request.user, EDIT_INVITES),
        "roles": permissions.role_names(EDIT_INVITES),
    }
    return render(request, "invitations/settings/invitation_settings.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**invitations_views.PLACE, capability=Capability.INVITATIONS_READ)
def redirect_targets(request: TenantRequest) -> HttpResponse:
    """The list, one origin a line."""
    policy = tickets.invitation_policy(request.tenant)
    stored = "\n".join(policy.redirect_origins), policy.version
    (text, version), error, status = stored, "", 200
    if request.method == "POST":
        actions.REDIRECT_TARGETS.require_may_edit(request.tenant, request.user)
        text, version = request.POST.get("origins", ""), posted_number(request, "version")
        try:
            is_changed = actions.save_redirect_targets(
                request.tenant, actions.origins_of(text), by=request.user, version=version
            )
        except InvalidInput as refusal:
            error, status = str(refusal), refusal.status
        except ChangedMeanwhile as refusal:
            (text, version), error, status = stored, str(refusal), refusal.status
        else:
            title = _("Redirect targets were saved") if is_changed else _("Nothing changed")
            toasts.succeeded(request, title)
            return redirect(invitations_views.LIST)
    context = {
        **invitations_views.behind_pane(request, _("Redirect targets"), _("Invitations")),
        "page": invitations_views.list_page(request),
        "text": text,
        "version": version,
        "error": error,
        "may_edit": permissions.may(request.user, Capability.REDIRECT_TARGETS_EDIT),
        "roles": permissions.role_names(Capability.REDIRECT_TARGETS_EDIT),
    }
    return render(request, "invitations/settings/redirect_targets.html", context, status=status)
