"""Pages that save the domain restrictions: review, affected guests, list as a file (COL-13)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from invitations.collaboration import access_impact, actions, domain_list, views
from invitations.collaboration.access_impact import Effect
from invitations.collaboration.views import PAGE, TITLE
from invitations.inviting import checks
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.downloads import download_response
from portal.console.forms import posted_number
from portal.errors import Conflict, InvalidInput, NotConfirmed, NotFound
from portal.permissions import Capability

TEXT = "text/plain; charset=utf-8"


@require_POST
@blade(**views.PLACE, capability=Capability.COLLABORATION_READ, parent=PAGE)
def save_restrictions(request: TenantRequest) -> HttpResponse:
    """Save, or first show what it changes and ask (COL-11, COL-13)."""
    actions.RESTRICTIONS.require_may_edit(request.tenant, request.user)
    typed = views.typed_restrictions(request)
    try:
        restriction, names = views.restriction_of(request)
        is_changed = actions.save_restrictions(
            request.tenant,
            restriction,
            names,
            by=request.user,
            version=posted_number(request, "version"),
            confirmed=request.POST.get("confirmed", ""),
        )
    except InvalidInput as error:
        errors = {error.field: str(error)}
        return views.show_collaboration(request, errors=errors, typed=typed, status=400)
    except NotConfirmed as question:
        return _ask(request, question)
    except Conflict as refusal:
        errors = {"restriction": str(refusal)}
        return views.show_collaboration(request, errors=errors, status=refusal.status)
    title = _("Collaboration restrictions were saved") if is_changed else _("Nothing changed")
    toasts.succeeded(request, title)
    return redirect(PAGE)


@require_POST
@blade(
    service="external_identities",
    page="collaboration_settings",
    title=gettext_lazy("Affected guests"),
    capability=Capability.COLLABORATION_EDIT,
    parent=PAGE,
)
def restriction_guests(request: TenantRequest) -> HttpResponse:
    """Who can no longer, or again, redeem under restrictions that are not saved yet (COL-13).

    A POST because the list is too long for an address; it changes nothing.
    """
    wanted = request.POST.get("effect", "")
    if wanted not in set(Effect):
        raise NotFound
    try:
        restriction, names = views.restriction_of(request)
    except InvalidInput as error:
        raise NotFound from error
    impact = access_impact.compare(
        request.tenant, *actions.proposed_rules(request.tenant, restriction, names)
    )
    page = access_impact.affected_guests(
        request.tenant, impact, Effect(wanted), after=request.POST.get("after", "")
    )
    context = {
        "page": page,
        "wanted": wanted,
        **views.typed_restrictions(request),
    }
    return render(request, "invitations/collaboration/restriction_guests.html", context)


@require_safe
@blade(
    service="external_identities",
    page="collaboration_settings",
    title=TITLE,
    capability=Capability.COLLABORATION_READ,
    parent=PAGE,
)
def restriction_list(request: TenantRequest) -> HttpResponse:
    """The stored list as a file, one domain a line (COL-11)."""
    rules = checks.collaboration_rules(request.tenant)
    text = domain_list.domain_list_text(rules.listed) + "\n"
    return download_response(
        [text.encode()], f"{rules.restriction.value}-list.txt", content_type=TEXT
    )


def _ask(request: TenantRequest, question: NotConfirmed) -> HttpResponse:
    context = {
        "impact": question.impact,
        "discarded": question.discarded,
        "stored_kind": checks.policy_of(request.tenant).restriction,
        "confirmation": actions.restriction_confirmation(question.impact, question.discarded),
        **views.typed_restrictions(request),
    }
    return render(request, "invitations/collaboration/restriction_review.html", context)
