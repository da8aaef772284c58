"""Page External collaboration settings (COL-1 to COL-14, T14, T15).

Each section is a form of its own with its own capability (T17); without it the section is disabled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from guests.access.actions import GUEST_ACCESS, choose_guest_access
from guests.access.views import guest_access_choices
from invitations.collaboration import actions, domain_list
from invitations.collaboration.rules import Restriction
from invitations.inviting import checks
from invitations.models import CollaborationPolicy
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.errors import DomainError, InvalidInput
from portal.permissions import Capability, InvitePolicy
from portal.tenants.models import GuestAccess

TITLE = gettext_lazy("External collaboration settings")
PLACE: dict[str, Any] = {
    "service": "external_identities",
    "page": "collaboration_settings",
    "title": TITLE,
    "icon": "people_settings",
}
"""Where the pages stand; `@blade(**PLACE, capability=...)`."""
PAGE = "invitations:collaboration_settings"
LISTS = {Restriction.DENY: "deny_domains", Restriction.ALLOW: "allow_domains"}
"""The field of each kind; a list is never read as the other kind (COL-11)."""


@require_safe
@blade(**PLACE, capability=Capability.COLLABORATION_READ)
def collaboration_settings(request: TenantRequest) -> HttpResponse:
    """All sections, as they are stored."""
    return show_collaboration(request)


@require_POST
@blade(**PLACE, capability=Capability.COLLABORATION_READ)
def save_guest_access(request: TenantRequest) -> HttpResponse:
    """Guest user access, through the action that User settings has too (COL-1)."""
    GUEST_ACCESS.require_may_edit(request.tenant, request.user)
    wanted, shown = request.POST.get("guest_access", ""), request.POST.get("shown", "")
    if wanted not in GuestAccess.values or shown not in GuestAccess.values:
        return show_collaboration(
            request, errors={"access": _("Choose one of the three.")}, status=400
        )
    return _save(
        request,
        "access",
        lambda: choose_guest_access(
            request.tenant, GuestAccess(wanted), by=request.user, shown=GuestAccess(shown)
        ),
    )


@require_POST
@blade(**PLACE, capability=Capability.COLLABORATION_READ)
def save_invite_settings(request: TenantRequest) -> HttpResponse:
    """Guest invite settings (COL-3, T15)."""
    wanted, shown = request.POST.get("invites", ""), request.POST.get("shown", "")
    known = {policy.value: policy for policy in InvitePolicy}
    if wanted not in known or shown not in known:
        permissions.require(request.user, actions.EDIT_INVITES)
        return show_collaboration(
            request, errors={"invites": _("Choose one of the four.")}, status=400
        )
    return _save(
        request,
        "invites",
        lambda: actions.choose_invite_policy(
            request.tenant, known[wanted], by=request.user, shown=known[shown]
        ),
    )


@require_POST
@blade(**PLACE, capability=Capability.COLLABORATION_READ)
def save_self_service(request: TenantRequest) -> HttpResponse:
    """Enable guest self-service sign-up via user flows (COL-6)."""
    return _save_switch(
        request, "self_service", actions.EDIT_SELF_SERVICE, actions.choose_self_service
    )


@require_POST
@blade(**PLACE, capability=Capability.COLLABORATION_READ)
def save_leave(request: TenantRequest) -> HttpResponse:
    """External user leave settings (COL-7 to COL-9)."""
    return _save_switch(request, "leave", actions.EDIT_LEAVE, actions.choose_leave)


def show_collaboration(
    request: TenantRequest,
    *,
    errors: dict[str, str] | None = None,
    typed: dict[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; `errors` by section, `typed` restrictions instead of the stored ones."""
    policy = checks.policy_of(request.tenant)
    context = {
        "errors": errors or {},
        "access": guest_access_choices(request),
        "invites": {
            "choices": _invite_choices(policy),
            "shown": policy.allow_invites_from,
            **_rights(request, actions.EDIT_INVITES),
        },
        "self_service": {
            "is_on": policy.is_self_service_allowed,
            **_rights(request, actions.EDIT_SELF_SERVICE),
        },
        "leave": {
            "is_on": policy.may_guests_leave,
            "needs_privacy": not request.tenant.has_privacy_information,
            **_rights(request, actions.EDIT_LEAVE),
        },
        "restrictions": {
            **_restrictions(request, policy, typed or {}),
            **_rights(request, Capability.COLLABORATION_EDIT),
        },
        "may_open_passcode": permissions.may(request.user, Capability.PASSCODE_POLICY_READ),
    }
    return render(request, "invitations/collaboration/collaboration.html", context, status=status)


def _save_switch(
    request: TenantRequest, section: str, capability: Capability, choose: Callable[..., None]
) -> HttpResponse:
    answers = {"yes": True, "no": False}
    wanted, shown = request.POST.get("choice", ""), request.POST.get("shown", "")
    if wanted not in answers or shown not in answers:
        permissions.require(request.user, capability)
        return show_collaboration(request, errors={section: _("Choose Yes or No.")}, status=400)
    return _save(
        request,
        section,
        lambda: choose(request.tenant, answers[wanted], by=request.user, shown=answers[shown]),
    )


def _save(request: TenantRequest, section: str, act: Callable[[], object]) -> HttpResponse:
    """Do it, say so and show the page; a conflict is shown in its section.

    Raises: NotAllowed.
    """
    try:
        act()
    except DomainError as refusal:
        if refusal.status == 403:
            raise
        return show_collaboration(request, errors={section: str(refusal)}, status=refusal.status)
    toasts.succeeded(request, _("External collaboration settings were saved"))
    return redirect(PAGE)


def _rights(request: TenantRequest, capability: Capability) -> dict[str, object]:
    return {
        "may_edit": permissions.may(request.user, capability),
        "roles": permissions.role_names(capability),
    }


def _invite_choices(policy: CollaborationPolicy) -> list[tuple[str, str, str, bool]]:
    extremes = {"everyone": _("most inclusive"), "none": _("most restrictive")}
    return [
        (choice.value, str(choice.label), extremes.get(choice.value, ""), choice.value == stored)
        for stored in [policy.allow_invites_from]
        for choice in CollaborationPolicy.AllowInvitesFrom
    ]


def _restrictions(
    request: TenantRequest, policy: CollaborationPolicy, typed: dict[str, Any]
) -> dict[str, Any]:
    rules = checks.collaboration_rules(request.tenant)
    lists = {field: "" for field in LISTS.values()}
    if rules.restriction in LISTS:
        lists[LISTS[rules.restriction]] = domain_list.domain_list_text(rules.listed)
    count = len(rules.listed)
    stored: dict[str, Any] = {
        "kind": policy.restriction,
        "version": policy.restriction_version,
        "count": count,
        "count_text": ngettext("%(n)s domain", "%(n)s domains", count) % {"n": f"{count:,}"},
        "lists": lists,
        "choices": CollaborationPolicy.Restriction.choices,
    }
    return stored | typed


def typed_restrictions(request: TenantRequest) -> dict[str, Any]:
    """What the form of the restrictions holds, with the version that it was typed over."""
    return {
        "kind": request.POST.get("restriction", ""),
        "lists": {field: request.POST.get(field, "") for field in LISTS.values()},
        "version": request.POST.get("version", ""),
    }


def restriction_of(request: TenantRequest) -> tuple[Restriction, frozenset[str]]:
    """The kind and the list that were posted.

    Raises: InvalidInput at `restriction`, or at the field of the list.
    """
    text = request.POST.get("restriction", "")
    if text not in set(Restriction):
        raise InvalidInput("restriction", _("Choose one of the three."))
    restriction = Restriction(text)
    field = LISTS.get(restriction)
    if field is None:
        return restriction, frozenset()
    return restriction, domain_list.parse_domain_list(request.POST.get(field, ""), field)
