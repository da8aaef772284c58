"""Page Properties (T1, DIR-6, DIR-7)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import posted_number
from portal.errors import ChangedMeanwhile
from portal.permissions import Capability
from portal.tenants.forms import PropertiesForm
from portal.tenants.properties import actions
from portal.tenants.properties.actions import EDITABLE


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="organization",
    page="properties",
    title=gettext_lazy("Properties"),
    capability=Capability.TENANT_READ,
    icon="settings",
)
def properties(request: TenantRequest) -> HttpResponse:
    """Show and save the properties of the organization (T1)."""
    tenant = request.tenant
    initial = {name: getattr(tenant, name) for name in EDITABLE}
    form = PropertiesForm(request.POST or None, tenant=tenant, initial=initial)
    error, status = "", 200
    if request.method == "POST":
        actions.PROPERTIES.require_may_edit(tenant, request.user)
        status = 400
        if form.is_valid():
            try:
                return _save(request, form)
            except ChangedMeanwhile as refusal:
                error, status = str(refusal), refusal.status
                form = PropertiesForm(tenant=tenant, initial=initial)
    context = {
        "form": form,
        "error": error,
        "may_edit": permissions.may(request.user, Capability.TENANT_EDIT),
        "roles": permissions.role_names(Capability.TENANT_EDIT),
    }
    return render(request, "tenants/properties.html", context, status=status)


def _save(request: TenantRequest, form: PropertiesForm) -> HttpResponse:
    """Save and go on. Raises: ChangedMeanwhile."""
    is_changed = actions.save_properties(
        request.tenant,
        form.cleaned_data,
        by=request.user,
        version=posted_number(request, "version"),
    )
    title = _("Properties were saved") if is_changed else _("Nothing changed")
    toasts.succeeded(request, title)
    return redirect("tenants:properties")
