"""Page Custom domain names (DIR-3 to DIR-5)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.errors import DomainError, InvalidInput, NotAllowed, NotFound
from portal.permissions import Capability
from portal.tenants.domains import actions
from portal.tenants.forms import DomainForm
from portal.tenants.models import Domain
from portal.tenants.properties.actions import require_may_edit

TITLE = gettext_lazy("Custom domain names")
LIST = "tenants:domains"


@require_safe
@blade(
    service="organization",
    page="domains",
    title=TITLE,
    capability=Capability.TENANT_READ,
    icon="globe",
)
def domains(request: TenantRequest) -> HttpResponse:
    """The domains of the organization, and whether somebody proved them."""
    return render(request, "tenants/domains.html", _list(request))


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="organization",
    page="domains",
    title=TITLE,
    capability=Capability.TENANT_READ,
    icon="globe",
)
def add_domain(request: TenantRequest) -> HttpResponse:
    """Add a domain; its record is shown next."""
    require_may_edit(request.tenant, request.user)
    form = DomainForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                added = actions.add_domain(
                    request.tenant, form.cleaned_data["name"], by=request.user
                )
            except InvalidInput as error:
                form.add_error(error.field, str(error))
            else:
                return redirect("tenants:domain", domain_id=added.pk)
    context = {**_list(request), **_pane(_("Add a custom domain")), "form": form}
    return render(request, "tenants/add_domain.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="organization",
    page="domains",
    title=TITLE,
    capability=Capability.TENANT_READ,
    icon="globe",
)
def domain(request: TenantRequest, domain_id: UUID) -> HttpResponse:
    """One domain: its record, Verify, Make primary, Delete."""
    found = Domain.objects.select_related("tenant").filter(tenant=request.tenant, pk=domain_id)
    shown = found.first()
    if shown is None:
        raise NotFound
    error, status = "", 200
    if request.method == "POST":
        try:
            return _change(request, shown)
        except NotAllowed:
            raise
        except DomainError as refusal:
            error, status = str(refusal), refusal.status
    context = {
        **_list(request),
        **_pane(shown.name),
        "domain": shown,
        "record": actions.record_of(shown),
        "error": error,
    }
    return render(request, "tenants/domain.html", context, status=status)


def _change(request: TenantRequest, shown: Domain) -> HttpResponse:
    require_may_edit(request.tenant, request.user)
    names = {"domain": shown.name}
    match request.POST.get("go", ""):
        case "verify":
            actions.verify_domain(shown, by=request.user)
            toasts.succeeded(request, _("%(domain)s is verified") % names)
        case "primary":
            actions.make_primary(shown, by=request.user)
            toasts.succeeded(request, _("%(domain)s is the primary domain") % names)
        case "remove":
            actions.remove_domain(shown, by=request.user)
            toasts.succeeded(request, _("%(domain)s was removed") % names)
            return redirect(LIST)
        case _:
            raise NotFound
    return redirect("tenants:domain", domain_id=shown.pk)


def _list(request: TenantRequest) -> dict[str, object]:
    rows = Domain.objects.filter(tenant=request.tenant).order_by("-is_primary", "name")
    return {
        "domains": rows,
        "may_edit": permissions.may(request.user, Capability.TENANT_EDIT),
        "roles": permissions.role_names(Capability.TENANT_EDIT),
    }


def _pane(title: str) -> dict[str, object]:
    return {
        "pane_title": title,
        "pane_subtitle": _("Custom domain name"),
        "pane_close_url": reverse(LIST),
        "is_pane": True,
    }
