"""Page Cross-tenant access settings (CTA-1, CTA-2, CTA-7, CTA-8)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from identityproviders.discovery.redemption_order import UPDATE_DEFAULT
from identityproviders.models import OrganizationOrder
from invitations.collaboration import access_impact
from invitations.collaboration.access_impact import AccessImpact
from invitations.cross_tenant import actions, organization_settings
from invitations.cross_tenant.queries import PartnerSettings
from invitations.inviting import checks
from invitations.models import OrganizationAccess
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import posted_number
from portal.errors import Conflict, InvalidInput, NotConfirmed, NotFound
from portal.permissions import Capability

TITLE = gettext_lazy("Cross-tenant access settings")
PLACE: dict[str, Any] = {
    "service": "external_identities",
    "page": "cross_tenant",
    "title": TITLE,
    "icon": "globe",
}
"""Where the pages stand; `@blade(**PLACE, capability=...)`."""
PAGE = "invitations:cross_tenant"
_ANSWERS: dict[str, bool | None] = {"default": None, "allow": True, "block": False}
_WORDS = {answer: word for word, answer in _ANSWERS.items()}


@require_safe
@blade(**PLACE, capability=Capability.CROSS_TENANT_READ)
def cross_tenant_settings(request: TenantRequest) -> HttpResponse:
    """Organizational settings: who has settings of their own."""
    rows = OrganizationAccess.objects.of(request.tenant).select_related("organization")
    orders = OrganizationOrder.objects.of(request.tenant)
    context = {
        "rows": rows,
        "with_order": frozenset(orders.values_list("domain", flat=True)),
        "policy": checks.policy_of(request.tenant),
        "tab": "organizations",
        **rights(request),
    }
    return render(request, "invitations/cross_tenant/cross_tenant.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(**PLACE, capability=Capability.CROSS_TENANT_READ)
def cross_tenant_defaults(request: TenantRequest) -> HttpResponse:
    """Default settings, for every other organization (CTA-1)."""
    policy = checks.policy_of(request.tenant)
    values = {
        "inbound": _WORDS[policy.is_inbound_allowed],
        "outbound": _WORDS[policy.is_outbound_allowed],
    }
    context = {"tab": "defaults", "version": policy.access_version, **rights(request)}
    if request.method != "POST":
        return render(
            request, "invitations/cross_tenant/cross_tenant_defaults.html", {**context, **values}
        )
    actions.require_may_edit_cross_tenant(request.user, UPDATE_DEFAULT)
    typed = {name: request.POST.get(name, "") for name in values}
    error, status = "", 400
    if not {"allow", "block"}.issuperset(typed.values()):
        error, typed = _("Choose Allow access or Block access."), values
    else:
        try:
            is_changed = actions.save_defaults(
                request.tenant,
                by=request.user,
                is_inbound_allowed=typed["inbound"] == "allow",
                is_outbound_allowed=typed["outbound"] == "allow",
                version=posted_number(request, "version"),
                confirmed=request.POST.get("confirmed", ""),
            )
        except NotConfirmed as question:
            back = reverse("invitations:cross_tenant_defaults")
            return _ask(request, question, _("Save the default settings?"), back)
        except Conflict as refusal:
            error, typed, status = str(refusal), values, refusal.status
        else:
            return _saved(request, is_changed, "invitations:cross_tenant_defaults")
    context = {**context, **typed, "error": error}
    return render(
        request, "invitations/cross_tenant/cross_tenant_defaults.html", context, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="external_identities",
    page="cross_tenant",
    title=gettext_lazy("Add organization"),
    capability=Capability.CROSS_TENANT_EDIT,
    parent=PAGE,
)
def add_organization(request: TenantRequest) -> HttpResponse:
    """Name an organization by domain or tenant ID (CTA-1)."""
    error, text = "", request.POST.get("organization", "")
    if request.method == "POST":
        try:
            row = actions.add_partner(request.tenant, text, by=request.user)
        except InvalidInput as refusal:
            error = str(refusal)
        else:
            toasts.succeeded(request, _("%(domain)s was added") % {"domain": row.domain})
            return redirect("invitations:cross_tenant_organization", domain=row.domain)
    context = {"error": error, "text": text}
    status = 400 if error else 200
    return render(request, "invitations/cross_tenant/cross_tenant_add.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="external_identities",
    page="cross_tenant",
    title=gettext_lazy("Organizational settings"),
    capability=Capability.CROSS_TENANT_READ,
    parent=PAGE,
)
def cross_tenant_organization(request: TenantRequest, domain: str) -> HttpResponse:
    """Inbound and outbound access and automatic redemption of one organization."""
    row = row_of(request, domain)
    values = _values_of(PartnerSettings.of(row))
    error, status = "", 200
    if request.method == "POST":
        actions.require_may_edit_cross_tenant(request.user, actions.UPDATE_PARTNER)
        settings = _settings_of({name: request.POST.get(name, "") for name in values})
        if settings is None:
            error, status = _("Choose one of the three."), 400
        else:
            try:
                is_changed = actions.update_partner(
                    row,
                    settings,
                    by=request.user,
                    version=posted_number(request, "version"),
                    confirmed=request.POST.get("confirmed", ""),
                )
            except NotConfirmed as question:
                return _ask(request, question, _("Save the organizational settings?"), request.path)
            except Conflict as refusal:
                error, status = str(refusal), refusal.status
            else:
                return _saved(request, is_changed, PAGE)
    context = {
        "row": row,
        "values": values,
        "policy": checks.policy_of(request.tenant),
        "tab": "access",
        "error": error,
        **rights(request),
    }
    return render(
        request, "invitations/cross_tenant/cross_tenant_organization.html", context, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="external_identities",
    page="cross_tenant",
    title=gettext_lazy("Delete organizational settings"),
    capability=Capability.CROSS_TENANT_EDIT,
    parent=PAGE,
)
def delete_organization(request: TenantRequest, domain: str) -> HttpResponse:
    """Ask, with what it changes, then let the default hold again."""
    row = row_of(request, domain)
    if request.method == "POST" and "confirmed" in request.POST:
        try:
            organization_settings.delete_partner(
                row, by=request.user, confirmed=request.POST["confirmed"]
            )
        except NotConfirmed:
            return _ask_to_delete(request, row)
        toasts.succeeded(request, _("The settings of %(domain)s were deleted") % {"domain": domain})
        return redirect(PAGE)
    return _ask_to_delete(request, row)


def rights(request: TenantRequest) -> dict[str, object]:
    """Whether the settings can be changed here, and by which roles (CTA-8)."""
    return {
        "may_edit": permissions.may(request.user, Capability.CROSS_TENANT_EDIT),
        "roles": permissions.role_names(Capability.CROSS_TENANT_EDIT),
    }


def row_of(request: TenantRequest, domain: str) -> OrganizationAccess:
    """The settings about one organization. Raises: NotFound."""
    rows = OrganizationAccess.objects.of(request.tenant).select_related("organization", "tenant")
    row: OrganizationAccess | None = rows.filter(domain=domain).first()
    if row is None:
        raise NotFound
    return row


def _values_of(settings: PartnerSettings) -> dict[str, str]:
    return {
        "inbound": _WORDS[settings.is_inbound_allowed],
        "outbound": _WORDS[settings.is_outbound_allowed],
        "redeems_inbound": "yes" if settings.redeems_inbound else "",
        "redeems_outbound": "yes" if settings.redeems_outbound else "",
    }


def _settings_of(values: dict[str, str]) -> PartnerSettings | None:
    if values["inbound"] not in _ANSWERS or values["outbound"] not in _ANSWERS:
        return None
    return PartnerSettings(
        is_inbound_allowed=_ANSWERS[values["inbound"]],
        is_outbound_allowed=_ANSWERS[values["outbound"]],
        redeems_inbound=bool(values["redeems_inbound"]),
        redeems_outbound=bool(values["redeems_outbound"]),
    )


def _saved(request: TenantRequest, is_changed: bool, page: str) -> HttpResponse:
    toasts.succeeded(
        request,
        _("Cross-tenant access settings were saved") if is_changed else _("Nothing changed"),
    )
    return redirect(page)


def _ask(request: TenantRequest, question: NotConfirmed, title: str, back: str) -> HttpResponse:
    """Who is affected, and the same form once more, to be confirmed (BET-2)."""
    left_out = {"csrfmiddlewaretoken", "confirmed"}
    context = {
        "heading": title,
        "impact": question.impact,
        **_first_guests(request, question.impact),
        "confirmation": actions.cross_tenant_confirmation(question.impact),
        "fields": [(n, v) for n, v in request.POST.items() if n not in left_out],
        "back": back,
    }
    return render(request, "invitations/cross_tenant/cross_tenant_review.html", context)


def _ask_to_delete(request: TenantRequest, row: OrganizationAccess) -> HttpResponse:
    found = organization_settings.preview_partner_deletion(row)
    context = {
        "heading": _("Delete the settings of %(domain)s?") % {"domain": row.domain},
        "impact": found.access,
        **_first_guests(request, found.access),
        "consequences": found.order,
        "change": organization_settings.proposed_order_change(row, None),
        "confirmation": found.confirmation,
        "fields": [],
        "back": reverse(PAGE),
        "is_deletion": True,
    }
    return render(request, "invitations/cross_tenant/cross_tenant_review.html", context)


def _first_guests(request: TenantRequest, impact: AccessImpact) -> dict[str, object]:
    guests = access_impact.first_guests(request.tenant, impact)
    return {"guests": guests, "left_out": impact.lose + impact.gain - len(guests)}
