"""Organizational settings | Redemption order (CTA-1, CTA-3 to CTA-6, T16).

The form carries the draft, as that of the default order does; *Default settings* stands for the
order of the tenant.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from identityproviders.actions import redemption_order
from identityproviders.actions.acknowledgement import NotAcknowledged
from identityproviders.actions.redemption_order import OrderDraft
from invitations.actions import organization_order as actions
from invitations.actions.cross_tenant import UPDATE_PARTNER, require_may_edit
from invitations.actions.settings import ChangedMeanwhile
from invitations.blades import cross_tenant, order_form
from invitations.models import OrganizationAccess
from portal.errors import Conflict
from portal.shell import toasts
from portal.shell.blades import TenantRequest, blade
from portal.shell.forms import posted_number

_DEFAULT, _OWN = "default", "own"


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="external_identities",
    page="cross_tenant",
    title=gettext_lazy("Redemption order"),
    capability="cross_tenant.read",
    parent=cross_tenant.PAGE,
)
def organization_order(request: TenantRequest, domain: str) -> HttpResponse:
    """Default or own, the two lists, what the draft would do, Save, Reset to default."""
    row = cross_tenant.row_of(request, domain)
    if request.method != "POST":
        return _show(request, row, actions.stored(row), row.version)
    require_may_edit(request.user, UPDATE_PARTNER)
    version = posted_number(request, "version")
    if request.POST.get("source") not in {_DEFAULT, _OWN}:
        error = _("Choose Default settings or Customize settings.")
        return _show(request, row, actions.stored(row), version, error=error, status=400)
    draft = _draft_of(request, row)
    if {"move", "preview"} & set(request.POST):
        return _show(request, row, draft, version)
    return _save(request, row, draft, version)


def _save(
    request: TenantRequest, row: OrganizationAccess, draft: OrderDraft | None, version: int
) -> HttpResponse:
    try:
        is_changed = actions.save(
            row,
            draft,
            by=request.user,
            version=version,
            acknowledged=posted_number(request, "acknowledged"),
        )
    except NotAcknowledged as question:
        sentence = str(question) if "seen" in request.POST else ""
        return _show(request, row, draft, version, unconfirmed=sentence, status=400)
    except Conflict as refusal:
        if isinstance(refusal, ChangedMeanwhile):
            row = cross_tenant.row_of(request, row.domain)
            draft, version = actions.stored(row), row.version
        return _show(request, row, draft, version, error=str(refusal), status=refusal.status)
    title = _("Redemption order was saved") if is_changed else _("Nothing changed")
    toasts.succeeded(request, title, _("Guests who accepted already keep their method."))
    return redirect("invitations:organization_order", domain=row.domain)


def _draft_of(request: TenantRequest, row: OrganizationAccess) -> OrderDraft | None:
    """The own order that the form carries; None where it asks for the default.

    Whoever moves a provider wants an order of their own.
    """
    is_default = request.POST["source"] == _DEFAULT and "move" not in request.POST
    if is_default or "reset" in request.POST:
        return None
    return order_form.draft_of(request) or actions.stored(row)


def _show(
    request: TenantRequest,
    row: OrganizationAccess,
    draft: OrderDraft | None,
    version: int,
    *,
    error: str = "",
    unconfirmed: str = "",
    status: int = 200,
) -> HttpResponse:
    default, _version = redemption_order.stored(row.tenant)
    is_draft = draft != actions.stored(row)
    context = {
        "row": row,
        "tab": "order",
        "source": _OWN if draft else _DEFAULT,
        "default": order_form.lists(default),
        **order_form.lists(draft or default),
        "version": version,
        "is_draft": is_draft,
        "change": actions.proposed(row, draft),
        "consequences": actions.consequences(row, draft) if is_draft else None,
        "back": request.path,
        "error": error,
        "unconfirmed": unconfirmed,
        **cross_tenant.rights(request),
    }
    return render(request, "invitations/organization_order.html", context, status=status)
