"""Page that lists the guests that a settings change affects (BET-2, BET-25)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from identityproviders.impact import preview
from identityproviders.impact.effects import AffectedGuests
from identityproviders.impact.proposed_change import ProposedChange, UnknownChangeError
from identityproviders.impact.queries import affected_guests
from portal.console.blades import TenantRequest, blade
from portal.errors import NotFound
from portal.permissions import Capability
from portal.values.redirect_url import same_origin_path


@require_safe
@blade(
    service="external_identities",
    page="all_identity_providers",
    title=_("Affected guests"),
    capability=Capability.PROVIDERS_READ,
    parent="identityproviders:providers",
)
def consequences_guests(request: TenantRequest) -> HttpResponse:
    """The guests who gain or lose their sign-in by the change in the query, or sign in anew."""
    wanted = request.GET.get("effect", "")
    try:
        change = ProposedChange.from_query(request.GET)
    except UnknownChangeError as error:
        raise NotFound from error
    if wanted not in set(AffectedGuests):
        raise NotFound
    found = preview.find_consequences(request.tenant, change, timezone.now())
    back = same_origin_path(request.GET.get("back", ""))
    context = {
        "page": affected_guests(
            request.tenant, found, AffectedGuests(wanted), after=request.GET.get("after", "")
        ),
        "query": _without_position(request),
        "wanted": wanted,
        "pane_url": back,
    }
    return render(request, "identityproviders/impact/impact_guests.html", context)


def _without_position(request: TenantRequest) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    return query.urlencode()
