"""Pages of the redemption order, for the tenant and for one organization (CTA-1, CTA-3 to CTA-6).

The form carries the draft: moving a provider or switching one only shows the draft again, and
*Save* stores it.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from identityproviders.discovery.decide import Fallback, Primary
from identityproviders.discovery.redemption_order import (
    DEFAULT,
    ORDER,
    OrderDraft,
    save_order,
    stored_order,
)
from identityproviders.impact import preview
from identityproviders.impact.proposed_change import ProposedChange
from identityproviders.models import OrganizationOrder
from identityproviders.providers.provider_config import personal_accounts_label
from invitations.cross_tenant import organization_settings, views
from invitations.cross_tenant.actions import UPDATE_PARTNER, require_may_edit_cross_tenant
from invitations.models import OrganizationAccess
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import posted_number
from portal.errors import ChangedMeanwhile, Conflict, NotConfirmed
from portal.permissions import Capability

LABELS = {
    Primary.ORGANIZATION: gettext_lazy("Microsoft Entra ID"),
    Primary.FEDERATION: gettext_lazy("SAML/WS-Fed and OpenID Connect identity providers"),
    Primary.SOCIAL: gettext_lazy("Social identity providers"),
}
FALLBACK_LABELS = {
    Fallback.PASSCODE: gettext_lazy("Email one-time passcode"),
}
_MOVES = {"up": -1, "down": 1}


def lists(draft: OrderDraft) -> dict[str, object]:
    """What the template of the lists shows: names, labels, and which are on."""
    labels = {**FALLBACK_LABELS, Fallback.MICROSOFT_ACCOUNT: personal_accounts_label()}
    return {
        "primary": [(name.value, LABELS[name], is_on) for name, is_on in draft.primary],
        "fallbacks": [
            (name.value, labels[name], name in draft.order.fallbacks) for name in Fallback
        ],
    }


def draft_of(request: HttpRequest) -> OrderDraft | None:
    """The draft that the form carries, after the button that moves; None where it has no lists."""
    names = request.POST.getlist("primary")
    if sorted(names) != sorted(Primary):
        return None
    enabled = set(request.POST.getlist("enabled"))
    draft = OrderDraft(
        primary=tuple((Primary(name), name in enabled) for name in names),
        microsoft_account_fallback=Fallback.MICROSOFT_ACCOUNT in enabled,
        passcode_fallback=Fallback.PASSCODE in enabled,
    )
    return _moved(draft, request.POST.get("move", ""))


def _moved(draft: OrderDraft, text: str) -> OrderDraft:
    """The draft after a button such as `up:externalFederation`; unchanged for other texts."""
    where, _separator, name = text.partition(":")
    if where not in _MOVES or name not in set(Primary):
        return draft
    return draft.moved(Primary(name), _MOVES[where])


_DEFAULT, _OWN = "default", "own"


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="external_identities",
    page="cross_tenant",
    title=gettext_lazy("Redemption order"),
    capability=Capability.CROSS_TENANT_READ,
    parent=views.PAGE,
)
def organization_order(request: TenantRequest, domain: str) -> HttpResponse:
    """Default or own, the two lists, what the draft would do, Save, Reset to default."""
    row = views.row_of(request, domain)
    if request.method != "POST":
        return _show_organization_order(
            request, row, organization_settings.stored_organization_order(row), row.version
        )
    require_may_edit_cross_tenant(request.user, UPDATE_PARTNER)
    version = posted_number(request, "version")
    if request.POST.get("source") not in {_DEFAULT, _OWN}:
        error = _("Choose Default settings or Customize settings.")
        return _show_organization_order(
            request,
            row,
            organization_settings.stored_organization_order(row),
            version,
            error=error,
            status=400,
        )
    draft = _draft_of(request, row)
    if {"move", "preview"} & set(request.POST):
        return _show_organization_order(request, row, draft, version)
    return _save_organization_order(request, row, draft, version)


def _save_organization_order(
    request: TenantRequest, row: OrganizationAccess, draft: OrderDraft | None, version: int
) -> HttpResponse:
    try:
        is_changed = organization_settings.save_organization_order(
            row,
            draft,
            by=request.user,
            version=version,
            acknowledged=posted_number(request, "acknowledged"),
        )
    except NotConfirmed as question:
        sentence = str(question) if "seen" in request.POST else ""
        return _show_organization_order(
            request, row, draft, version, unconfirmed=sentence, status=400
        )
    except Conflict as refusal:
        if isinstance(refusal, ChangedMeanwhile):
            row = views.row_of(request, row.domain)
            draft, version = organization_settings.stored_organization_order(row), row.version
        return _show_organization_order(
            request, row, draft, version, error=str(refusal), status=refusal.status
        )
    title = _("Redemption order was saved") if is_changed else _("Nothing changed")
    toasts.succeeded(request, title, _("Guests who accepted already keep their method."))
    return redirect("invitations:organization_order", domain=row.domain)


def _draft_of(request: TenantRequest, row: OrganizationAccess) -> OrderDraft | None:
    """The own order that the form carries; None where it asks for the default.

    Moving a provider selects a customized order.
    """
    is_default = request.POST["source"] == _DEFAULT and "move" not in request.POST
    if is_default or "reset" in request.POST:
        return None
    return draft_of(request) or organization_settings.stored_organization_order(row)


def _show_organization_order(
    request: TenantRequest,
    row: OrganizationAccess,
    draft: OrderDraft | None,
    version: int,
    *,
    error: str = "",
    unconfirmed: str = "",
    status: int = 200,
) -> HttpResponse:
    default, _version = stored_order(row.tenant)
    is_draft = draft != organization_settings.stored_organization_order(row)
    context = {
        "row": row,
        "tab": "order",
        "source": _OWN if draft else _DEFAULT,
        "default": lists(default),
        **lists(draft or default),
        "version": version,
        "is_draft": is_draft,
        "change": organization_settings.proposed_order_change(row, draft),
        "consequences": organization_settings.organization_order_impact(row, draft)
        if is_draft
        else None,
        "back": request.path,
        "error": error,
        "unconfirmed": unconfirmed,
        **views.rights(request),
    }
    return render(
        request, "invitations/cross_tenant/organization_order.html", context, status=status
    )


URL = "invitations:redemption_order"


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**views.PLACE, capability=Capability.CROSS_TENANT_READ)
def redemption_order(request: TenantRequest) -> HttpResponse:
    """The two lists, what the draft would do, Save, Reset to default."""
    draft, version = stored_order(request.tenant)
    if request.method != "POST":
        return _show_default_order(request, draft, version)
    ORDER.require_may_edit(request.tenant, request.user)
    draft, shown = draft_of(request) or draft, posted_number(request, "version")
    if {"move", "preview"} & set(request.POST):
        return _show_default_order(request, draft, shown)
    if "reset" in request.POST:
        draft = DEFAULT
    return _save_default_order(request, draft, shown)


def _save_default_order(request: TenantRequest, draft: OrderDraft, version: int) -> HttpResponse:
    try:
        is_changed = save_order(
            request.tenant,
            draft,
            by=request.user,
            version=version,
            acknowledged=posted_number(request, "acknowledged"),
            is_reset=draft == DEFAULT and "reset" in request.POST,
        )
    except NotConfirmed as question:
        sentence = str(question) if "seen" in request.POST else ""
        return _show_default_order(request, draft, version, unconfirmed=sentence, status=400)
    except Conflict as refusal:
        if isinstance(refusal, ChangedMeanwhile):
            draft, version = stored_order(request.tenant)
        return _show_default_order(
            request, draft, version, error=str(refusal), status=refusal.status
        )
    title = _("Redemption order was saved") if is_changed else _("Nothing changed")
    toasts.succeeded(request, title, _("Guests who accepted already keep their method."))
    return redirect(URL)


def _show_default_order(
    request: TenantRequest,
    draft: OrderDraft,
    version: int,
    *,
    error: str = "",
    unconfirmed: str = "",
    status: int = 200,
) -> HttpResponse:
    stored, _version = stored_order(request.tenant)
    change = ProposedChange.with_order(draft.order)
    is_draft = draft != stored
    context = {
        "tab": "order",
        **lists(draft),
        "version": version,
        "is_draft": is_draft,
        "is_default": draft == DEFAULT,
        "with_own": OrganizationOrder.objects.of(request.tenant).count(),
        "change": change,
        "consequences": (
            preview.find_consequences(request.tenant, change, timezone.now()) if is_draft else None
        ),
        "back": reverse(URL),
        "error": error,
        "unconfirmed": unconfirmed,
        **views.rights(request),
    }
    return render(request, "invitations/cross_tenant/redemption_order.html", context, status=status)
