"""Page All identity providers, and the Email one-time passcode pane (IDP-1, OTC-1)."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from identityproviders.discovery import explanation
from identityproviders.discovery.queries import passcode_policy_of, passcode_settings
from identityproviders.impact.effects import AffectedGuests
from identityproviders.impact.preview import Preview, consequence_text, preview_choices, short_date
from identityproviders.impact.queries import affected_guests
from identityproviders.impact.remedies import REMEDIES, RESET, Remedy, losing_guests
from identityproviders.passcodes.policy.actions import PASSCODE, choose_passcode_setting
from identityproviders.passcodes.policy.state import (
    PaneForm,
    PasscodeChoice,
    PasscodeState,
    passcode_state,
)
from identityproviders.providers import provider_pane
from identityproviders.providers.provider_pane import TITLE
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import posted_number
from portal.errors import Conflict, NotConfirmed, NotFound
from portal.permissions import Capability


@require_safe
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_READ)
def providers(request: TenantRequest) -> HttpResponse:
    """The ways in for people outside the tenant, with their state and their guests (IDP-2)."""
    context = provider_pane.list_context(request, provider_pane.requested_view(request))
    return render(request, "identityproviders/providers/providers.html", context)


@require_safe
@blade(**provider_pane.PANE_PLACE, capability=Capability.PROVIDERS_READ)
def where(request: TenantRequest) -> HttpResponse:
    """Where would this person sign in? For any typed address, without signing anybody in."""
    found = explanation.explain_decision(request.tenant, request.GET.get("address", "")[:320])
    if getattr(request, "htmx", False):
        return render(request, "identityproviders/providers/_where.html", {"where": found})
    context = {
        **provider_pane.list_context(request, provider_pane.requested_view(request)),
        "where": found,
    }
    return render(request, "identityproviders/providers/providers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**provider_pane.PANE_PLACE, capability=Capability.PASSCODE_POLICY_READ)
def passcode_pane(request: TenantRequest) -> HttpResponse:
    """Email one-time passcode for guests: its two forms, their impact, Save (T12, OTC-2)."""
    if request.method != "POST":
        return _pane(request)
    PASSCODE.require_may_edit(request.tenant, request.user)
    choice = _choice(request.POST.get("choice", ""))
    if choice is None:
        return _pane(request, status=400, error=str(_("Choose one of these.")))
    try:
        is_changed, progress_url = _save(request, choice)
    except NotConfirmed as error:
        is_answered = "seen" in request.POST
        return _pane(request, choice, status=400, unconfirmed=str(error) if is_answered else "")
    except Conflict as error:
        return _pane(request, status=error.status, error=str(error))
    state = _state(request)
    title = _("Email one-time passcode saved") if is_changed else _("Nothing changed")
    links = [(str(_("Open the operation")), progress_url)] if progress_url else []
    toasts.succeeded(request, title, state.summary, links=links)
    return redirect("identityproviders:providers")


def _save(request: TenantRequest, choice: PasscodeChoice) -> tuple[bool, str]:
    """Save the choice and start the remedy that was ticked, in one transaction (BET-2).

    Gives whether anything changed, and where the remedy shows its progress.
    """
    remedy = _remedy(request)
    with transaction.atomic():
        losing: list[uuid.UUID] = []
        if remedy is not None and "reset" in request.POST:
            found = preview_choices(request.tenant, timezone.now()).of(choice)
            losing = losing_guests(request.tenant, found)
        is_changed = choose_passcode_setting(
            request.tenant,
            choice,
            by=request.user,
            version=posted_number(request, "version"),
            acknowledged=posted_number(request, "acknowledged"),
        )
        is_wanted = remedy is not None and bool(losing) and is_changed
        url = remedy.start(losing, request.user) if remedy is not None and is_wanted else ""
    return is_changed, url


def _remedy(request: TenantRequest) -> Remedy | None:
    """How those who lose their sign-in can be helped, if the user may."""
    remedy = REMEDIES.get(RESET)
    return remedy if remedy is not None and remedy.may(request.user) else None


@require_safe
@blade(
    service="external_identities",
    page="all_identity_providers",
    title=TITLE,
    capability=Capability.PASSCODE_POLICY_READ,
)
def passcode_impact(request: TenantRequest) -> HttpResponse:
    """What a choice would do, as a fragment for the pane (BET-2)."""
    choice = _choice(request.GET.get("choice", ""))
    if choice is None:
        raise NotFound
    context = _impact_context(preview_choices(request.tenant, timezone.now()), choice)
    context["may_reset"] = _remedy(request) is not None
    return render(request, "identityproviders/passcodes/_passcode_impact.html", context)


@require_safe
@blade(
    service="external_identities",
    page="all_identity_providers",
    title=_("Affected guests"),
    capability=Capability.PASSCODE_POLICY_READ,
    parent="identityproviders:providers",
)
def passcode_impact_guests(request: TenantRequest) -> HttpResponse:
    """The guests who gain or lose their sign-in by a choice, or who must create an account."""
    choice = _choice(request.GET.get("choice", ""))
    wanted = request.GET.get("effect", "")
    if choice is None or wanted not in set(AffectedGuests):
        raise NotFound
    found = preview_choices(request.tenant, timezone.now()).of(choice)
    page = affected_guests(
        request.tenant, found, AffectedGuests(wanted), after=request.GET.get("after", "")
    )
    query = f"choice={choice.value}&effect={wanted}"
    context = {
        "page": page,
        "query": query,
        "wanted": wanted,
        "pane_url": f"{reverse('identityproviders:passcode_pane')}?choice={choice.value}",
    }
    return render(request, "identityproviders/impact/impact_guests.html", context)


def _pane(
    request: TenantRequest,
    choice: PasscodeChoice | None = None,
    *,
    status: int = 200,
    error: str = "",
    unconfirmed: str = "",
) -> HttpResponse:
    preview = preview_choices(request.tenant, timezone.now())
    offered = [found.choice for found in preview.choices]
    asked = choice or _choice(request.GET.get("choice", ""))
    selected = asked if asked in offered else preview.state.selected
    may_edit = permissions.may(request.user, Capability.PASSCODE_POLICY_EDIT)
    context = {
        **provider_pane.pane_context(
            request, _("Email one-time passcode"), selected_url=request.path
        ),
        **_impact_context(preview, selected),
        "selected": selected,
        "version": passcode_policy_of(request.tenant).version,
        "may_edit": may_edit,
        "may_reset": _remedy(request) is not None,
        "roles": permissions.role_names(Capability.PASSCODE_POLICY_EDIT),
        "error": error,
        "unconfirmed": unconfirmed,
    }
    return render(request, "identityproviders/passcodes/passcode_pane.html", context, status=status)


def _impact_context(preview: Preview, selected: PasscodeChoice) -> dict[str, object]:
    state = preview.state
    chosen = preview.of(selected)
    return {
        "state": state,
        "is_toggle": state.form is PaneForm.TOGGLE,
        "short_date": short_date(state),
        "guests": preview.guests,
        "chosen": chosen,
        "selected": selected,
        "is_later": selected is PasscodeChoice.AUTOMATIC and state.is_scheduled,
        "is_change": selected is not state.selected,
        "compared": [
            (found, _SHORT[found.choice], consequence_text(found, state))
            for found in preview.choices
        ],
        "domains": chosen.by_domain[:5],
        "top_domain": next(iter(chosen.by_domain), None),
    }


_SHORT = {
    PasscodeChoice.AUTOMATIC: _("Automatic"),
    PasscodeChoice.ENABLE: _("Enable now"),
    PasscodeChoice.DISABLE: _("Disable"),
}


def _state(request: TenantRequest) -> PasscodeState:
    settings = passcode_settings(request.tenant, passcode_policy_of(request.tenant))
    return passcode_state(settings, timezone.now())


def _choice(text: str) -> PasscodeChoice | None:
    return PasscodeChoice(text) if text in set(PasscodeChoice) else None
