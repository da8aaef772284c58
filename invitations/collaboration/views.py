"""Page External collaboration settings (COL-1 to COL-14, T14, T15).

One form saves all sections. Each has its own capability (T17); without it the section is disabled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from guests.access.views import guest_access_choices
from invitations.collaboration import actions, domain_list, restriction_views
from invitations.collaboration.restriction_views import PAGE, PLACE
from invitations.collaboration.sections import LISTS, SECTIONS, save_posted_sections
from invitations.inviting import checks
from invitations.models import CollaborationPolicy
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.errors import InvalidInput, NotConfirmed
from portal.permissions import Capability
from portal.tenants.models import GuestAccess


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**PLACE, capability=Capability.COLLABORATION_READ)
def collaboration_settings(request: TenantRequest) -> HttpResponse:
    """All sections as they are stored; a POST saves what was changed in any of them.

    Restrictions that concern guests are shown with what they do first (COL-11, COL-13).
    """
    if request.method != "POST":
        return _show(request)
    try:
        saved = save_posted_sections(request.tenant, request.POST, request.user)
    except NotConfirmed as question:
        return restriction_views.ask_to_confirm(request, question)
    if saved.errors:
        # After a conflict the page shows what is stored now, with the versions of now.
        typed = request.POST if saved.status == InvalidInput.status else None
        return _show(request, errors=saved.errors, typed=typed, status=saved.status)
    title = _("External collaboration settings were saved")
    toasts.succeeded(request, title if saved.is_changed else _("Nothing changed"))
    return redirect(PAGE)


def _show(
    request: TenantRequest,
    *,
    errors: Mapping[str, str] = {},
    typed: QueryDict | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; `errors` by field, `typed` instead of what is stored."""
    policy = checks.policy_of(request.tenant)
    typed = typed or QueryDict()
    access = typed.get("guest_access", "")
    chosen = GuestAccess(access) if access in GuestAccess.values else None
    context = {
        "errors": errors,
        "access": guest_access_choices(request, chosen)
        | ({"shown": typed["guest_access_shown"]} if "guest_access_shown" in typed else {}),
        "invites": {
            "choices": _invite_choices(typed.get("invites", policy.allow_invites_from)),
            "shown": typed.get("invites_shown", policy.allow_invites_from),
            **_rights(request, actions.EDIT_INVITES),
        },
        "self_service": {
            **_switch("self_service", policy.is_self_service_allowed, typed),
            **_rights(request, actions.EDIT_SELF_SERVICE),
        },
        "leave": {
            **_switch("leave", policy.may_guests_leave, typed),
            "needs_privacy": not request.tenant.has_privacy_information,
            **_rights(request, actions.EDIT_LEAVE),
        },
        "restrictions": {
            **_restrictions(request, policy, typed),
            **_rights(request, Capability.COLLABORATION_EDIT),
        },
        "may_save": any(
            permissions.may(request.user, setting.capability)
            for setting in [actions.RESTRICTIONS, *(section.setting for section in SECTIONS)]
        ),
        "may_open_passcode": permissions.may(request.user, Capability.PASSCODE_POLICY_READ),
    }
    return render(request, "invitations/collaboration/collaboration.html", context, status=status)


def _switch(name: str, is_on: bool, typed: QueryDict) -> dict[str, object]:
    """A switch as it is stored and, where it was typed, as it was left."""
    shown = typed.get(f"{name}_shown", "yes" if is_on else "no")
    return {"name": name, "shown": shown, "is_on": typed.get(name, shown) == "yes"}


def _rights(request: TenantRequest, capability: Capability) -> dict[str, object]:
    return {
        "may_edit": permissions.may(request.user, capability),
        "roles": permissions.role_names(capability),
    }


def _invite_choices(chosen: str) -> list[tuple[str, str, str, bool]]:
    extremes = {"everyone": _("most inclusive"), "none": _("most restrictive")}
    return [
        (choice.value, str(choice.label), extremes.get(choice.value, ""), choice.value == chosen)
        for choice in CollaborationPolicy.AllowInvitesFrom
    ]


def _restrictions(
    request: TenantRequest, policy: CollaborationPolicy, typed: QueryDict
) -> dict[str, Any]:
    rules = checks.collaboration_rules(request.tenant)
    lists = {field: typed.get(field, "") for field in LISTS.values()}
    if rules.restriction in LISTS and "restriction" not in typed:
        lists[LISTS[rules.restriction]] = domain_list.domain_list_text(rules.listed)
    count = len(rules.listed)
    return {
        "kind": typed.get("restriction", policy.restriction),
        "version": typed.get("version", policy.restriction_version),
        "count": count,
        "count_text": ngettext("%(n)s domain", "%(n)s domains", count) % {"n": f"{count:,}"},
        "lists": lists,
        "choices": CollaborationPolicy.Restriction.choices,
    }
