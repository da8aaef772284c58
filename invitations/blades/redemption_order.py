"""Cross-tenant access settings | Redemption order (CTA-3 to CTA-6, T16).

The form carries the draft. Moving a provider and switching one only show the draft again, with
what it would do; *Save* stores it.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from identityproviders import impact
from identityproviders.actions import redemption_order as actions
from identityproviders.actions.acknowledgement import NotAcknowledged
from identityproviders.actions.redemption_order import DEFAULT, OrderDraft
from identityproviders.changes import Change
from identityproviders.models import OrganizationOrder
from invitations.blades import cross_tenant, order_form
from portal.errors import Conflict
from portal.shell import toasts
from portal.shell.blades import TenantRequest, blade
from portal.shell.forms import posted_number

URL = "invitations:redemption_order"


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**cross_tenant.PLACE, capability="cross_tenant.read")
def redemption_order(request: TenantRequest) -> HttpResponse:
    """The two lists, what the draft would do, Save, Reset to default."""
    draft, version = actions.stored(request.tenant)
    if request.method != "POST":
        return _show(request, draft, version)
    actions.require_may_order(request.user)
    draft, shown = order_form.draft_of(request) or draft, posted_number(request, "version")
    if {"move", "preview"} & set(request.POST):
        return _show(request, draft, shown)
    if "reset" in request.POST:
        draft = DEFAULT
    return _save(request, draft, shown)


def _save(request: TenantRequest, draft: OrderDraft, version: int) -> HttpResponse:
    try:
        is_changed = actions.save(
            request.tenant,
            draft,
            by=request.user,
            version=version,
            acknowledged=posted_number(request, "acknowledged"),
            is_reset=draft == DEFAULT and "reset" in request.POST,
        )
    except NotAcknowledged as question:
        sentence = str(question) if "seen" in request.POST else ""
        return _show(request, draft, version, unconfirmed=sentence, status=400)
    except Conflict as refusal:
        if isinstance(refusal, actions.ChangedMeanwhile):
            draft, version = actions.stored(request.tenant)
        return _show(request, draft, version, error=str(refusal), status=refusal.status)
    title = _("Redemption order was saved") if is_changed else _("Nothing changed")
    toasts.succeeded(request, title, _("Guests who accepted already keep their method."))
    return redirect(URL)


def _show(
    request: TenantRequest,
    draft: OrderDraft,
    version: int,
    *,
    error: str = "",
    unconfirmed: str = "",
    status: int = 200,
) -> HttpResponse:
    stored, _version = actions.stored(request.tenant)
    change = Change.with_order(draft.order)
    is_draft = draft != stored
    context = {
        "tab": "order",
        **order_form.lists(draft),
        "version": version,
        "is_draft": is_draft,
        "is_default": draft == DEFAULT,
        "with_own": OrganizationOrder.objects.of(request.tenant).count(),
        "change": change,
        "consequences": (
            impact.consequences(request.tenant, change, timezone.now()) if is_draft else None
        ),
        "back": reverse(URL),
        "error": error,
        "unconfirmed": unconfirmed,
        **cross_tenant.rights(request),
    }
    return render(request, "invitations/redemption_order.html", context, status=status)
