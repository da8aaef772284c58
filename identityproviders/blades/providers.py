"""External Identities | All identity providers, and the passcode pane before it (IDP-1, OTC-1)."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from identityproviders import explanation, impact, queries
from identityproviders.actions import policy as policy_actions
from identityproviders.actions.acknowledgement import NotAcknowledged
from identityproviders.blades import frame
from identityproviders.blades.frame import TITLE
from identityproviders.discovery import Impact
from identityproviders.impact import Preview
from identityproviders.passcode_policy import Choice, Form, PasscodeState
from portal import permissions
from portal.errors import Conflict, NotFound
from portal.shell import toasts
from portal.shell.blades import TenantRequest, blade
from portal.shell.forms import posted_number

PAGE_SIZE = 50


@require_safe
@blade(**frame.PLACE, capability="providers.read")
def providers(request: TenantRequest) -> HttpResponse:
    """The ways in for people outside the tenant, with their state and their guests (IDP-2)."""
    context = frame.listing(request, frame.view_of(request))
    return render(request, "identityproviders/providers.html", context)


@require_safe
@blade(**frame.PLACE, capability="providers.read")
def where(request: TenantRequest) -> HttpResponse:
    """Where would this person sign in? For any typed address, without signing anybody in."""
    found = explanation.explain(request.tenant, request.GET.get("address", "")[:320])
    if getattr(request, "htmx", False):
        return render(request, "identityproviders/_where.html", {"where": found})
    context = {**frame.listing(request, frame.view_of(request)), "where": found}
    return render(request, "identityproviders/providers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**frame.PLACE, capability="passcode_policy.read")
def passcode_pane(request: TenantRequest) -> HttpResponse:
    """Email one-time passcode for guests: its two forms, their impact, Save (T12, OTC-2)."""
    if request.method != "POST":
        return _pane(request)
    policy_actions.require_may_choose(request.tenant, request.user)
    choice = _choice(request.POST.get("choice", ""))
    if choice is None:
        return _pane(request, status=400, error=str(_("Choose one of these.")))
    try:
        is_changed = policy_actions.choose(
            request.tenant,
            choice,
            by=request.user,
            version=posted_number(request, "version"),
            acknowledged=posted_number(request, "acknowledged"),
        )
    except NotAcknowledged as error:
        is_answered = "seen" in request.POST
        return _pane(request, choice, status=400, unconfirmed=str(error) if is_answered else "")
    except Conflict as error:
        return _pane(request, status=error.status, error=str(error))
    state = _state(request)
    title = _("Email one-time passcode saved") if is_changed else _("Nothing changed")
    toasts.succeeded(request, title, state.explanation)
    return redirect("identityproviders:providers")


@require_safe
@blade(
    service="external_identities",
    page="all_identity_providers",
    title=TITLE,
    capability="passcode_policy.read",
)
def passcode_impact(request: TenantRequest) -> HttpResponse:
    """What a choice would do, as a fragment for the pane (BET-2)."""
    choice = _choice(request.GET.get("choice", ""))
    if choice is None:
        raise NotFound
    context = _impact_context(impact.preview(request.tenant, timezone.now()), choice)
    return render(request, "identityproviders/_passcode_impact.html", context)


@require_safe
@blade(
    service="external_identities",
    page="all_identity_providers",
    title=_("Affected guests"),
    capability="passcode_policy.read",
    parent="identityproviders:providers",
)
def passcode_impact_guests(request: TenantRequest) -> HttpResponse:
    """The guests who gain or lose their sign-in by a choice, or who must create an account."""
    choice = _choice(request.GET.get("choice", ""))
    wanted = request.GET.get("effect", "")
    if choice is None or wanted not in {*Impact, "create"}:
        raise NotFound
    found = impact.preview(request.tenant, timezone.now()).of(choice)
    if wanted == "create":
        effects = [effect for effect in found.effects if effect.must_create_personal]
    else:
        effects = found.of(Impact(wanted))
    page = Paginator(effects, PAGE_SIZE).get_page(request.GET.get("page"))
    query = f"choice={choice.value}&effect={wanted}"
    context = {
        "page": page,
        "query": query,
        "wanted": wanted,
        "pane_url": f"{reverse('identityproviders:passcode_pane')}?choice={choice.value}",
    }
    return render(request, "identityproviders/impact_guests.html", context)


def _pane(
    request: TenantRequest,
    choice: Choice | None = None,
    *,
    status: int = 200,
    error: str = "",
    unconfirmed: str = "",
) -> HttpResponse:
    preview = impact.preview(request.tenant, timezone.now())
    offered = [found.choice for found in preview.choices]
    asked = choice or _choice(request.GET.get("choice", ""))
    selected = asked if asked in offered else preview.state.selected
    may_edit = permissions.may(request.user, "passcode_policy.edit")
    context = {
        **frame.pane(request, _("Email one-time passcode"), selected_url=request.path),
        **_impact_context(preview, selected),
        "selected": selected,
        "version": queries.passcode_policy_of(request.tenant).version,
        "may_edit": may_edit,
        "roles": permissions.role_names("passcode_policy.edit"),
        "error": error,
        "unconfirmed": unconfirmed,
    }
    return render(request, "identityproviders/passcode_pane.html", context, status=status)


def _impact_context(preview: Preview, selected: Choice) -> dict[str, object]:
    state = preview.state
    chosen = preview.of(selected)
    return {
        "state": state,
        "is_toggle": state.form is Form.TOGGLE,
        "short_date": impact.short_date(state),
        "guests": preview.guests,
        "chosen": chosen,
        "selected": selected,
        "is_later": selected is Choice.AUTOMATIC and state.is_scheduled,
        "is_change": selected is not state.selected,
        "compared": [
            (found, _SHORT[found.choice], impact.consequence(found, state))
            for found in preview.choices
        ],
        "domains": chosen.by_domain[:5],
        "top_domain": next(iter(chosen.by_domain), None),
    }


_SHORT = {
    Choice.AUTOMATIC: _("Automatic"),
    Choice.ENABLE: _("Enable now"),
    Choice.DISABLE: _("Disable"),
}


def _state(request: TenantRequest) -> PasscodeState:
    return impact.preview(request.tenant, timezone.now()).state


def _choice(text: str) -> Choice | None:
    return Choice(text) if text in set(Choice) else None
