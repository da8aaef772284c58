"""Pages around the domain restrictions: review, affected guests, list as a file (COL-13)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from invitations.collaboration import access_impact, actions, domain_list
from invitations.collaboration.access_impact import Effect
from invitations.collaboration.sections import restriction_of
from invitations.inviting import checks
from portal.console.blades import TenantRequest, blade
from portal.console.downloads import download_response
from portal.errors import InvalidInput, NotConfirmed, NotFound
from portal.permissions import Capability

TITLE = gettext_lazy("External collaboration settings")
PLACE: dict[str, Any] = {
    "service": "external_identities",
    "page": "collaboration_settings",
    "title": TITLE,
    "icon": "people_settings",
}
"""Where the pages stand; `@blade(**PLACE, capability=...)`."""
PAGE = "invitations:collaboration_settings"
TEXT = "text/plain; charset=utf-8"


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
        restriction, names = restriction_of(request.POST)
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
        "posted": _posted(request),
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


def ask_to_confirm(request: TenantRequest, question: NotConfirmed) -> HttpResponse:
    """What saving the restrictions does, with everything that was posted carried along."""
    context = {
        "impact": question.impact,
        "discarded": question.discarded,
        "confirmation": actions.restriction_confirmation(question.impact, question.discarded),
        "posted": _posted(request),
    }
    return render(request, "invitations/collaboration/restriction_review.html", context)


def _posted(request: TenantRequest) -> list[tuple[str, str]]:
    """What the page of settings posted, without what the question itself adds."""
    own = {"csrfmiddlewaretoken", "confirmed", "effect", "after"}
    return [(name, str(value)) for name, value in request.POST.items() if name not in own]
