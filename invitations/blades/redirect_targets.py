"""Invitations | Redirect targets: where guests go without being asked (SEC-60)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guests.actions import protections
from invitations import ages
from invitations.actions import redirect_targets as actions
from invitations.actions.redirect_targets import EDIT
from invitations.actions.settings import ChangedMeanwhile
from invitations.blades import invitations
from portal import permissions
from portal.audit import log
from portal.errors import InvalidInput
from portal.shell import toasts
from portal.shell.blades import TenantRequest, blade
from portal.shell.forms import posted_number


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**invitations.PLACE, capability="invitations.read")
def redirect_targets(request: TenantRequest) -> HttpResponse:
    """The list, one origin a line."""
    policy = ages.policy_of(request.tenant)
    stored = "\n".join(policy.redirect_origins), policy.version
    (text, version), error, status = stored, "", 200
    if request.method == "POST":
        protections.require(request.user, EDIT, log.UPDATE_AUTHORIZATION_POLICY)
        text, version = request.POST.get("origins", ""), posted_number(request, "version")
        try:
            is_changed = actions.save(
                request.tenant, actions.origins_of(text), by=request.user, version=version
            )
        except InvalidInput as refusal:
            error, status = str(refusal), refusal.status
        except ChangedMeanwhile as refusal:
            (text, version), error, status = stored, str(refusal), refusal.status
        else:
            title = _("Redirect targets were saved") if is_changed else _("Nothing changed")
            toasts.succeeded(request, title)
            return redirect(invitations.LIST)
    context = {
        **invitations.behind_pane(request, _("Redirect targets"), _("Invitations")),
        "page": invitations.list_page(request),
        "text": text,
        "version": version,
        "error": error,
        "may_edit": permissions.may(request.user, EDIT),
        "roles": permissions.role_names(EDIT),
    }
    return render(request, "invitations/redirect_targets.html", context, status=status)
