"""Pages of user flows (SSU-1)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings as deployment
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from identityproviders.discovery.queries import passcode_policy_of, passcode_settings
from identityproviders.models import SocialProvider
from identityproviders.passcodes.policy import state
from invitations.inviting import checks
from invitations.models import UserFlow
from invitations.user_flows import actions
from invitations.user_flows.actions import ATTRIBUTES, FlowSettings
from invitations.user_flows.models import PREFIX
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.forms import posted_number
from portal.errors import ChangedMeanwhile, Conflict, InvalidInput, NotFound
from portal.permissions import Capability

TITLE = gettext_lazy("User flows")
PAGE = "invitations:user_flows"
OFFERS = {
    "microsoft_account": gettext_lazy("Personal account"),
    "passcode": gettext_lazy("Email one-time passcode"),
    "google": "Google",
    "facebook": "Facebook",
}
"""What a flow may offer beside accounts of organizations."""


@require_safe
@blade(
    service="external_identities",
    page="user_flows",
    title=TITLE,
    capability=Capability.USER_FLOWS_READ,
    icon="people_list",
)
def user_flows(request: TenantRequest) -> HttpResponse:
    """Every flow with its address; how to switch them on while they are off (COL-6)."""
    context = {
        "rows": [(flow, _labels(flow), _url(flow)) for flow in _flows(request)],
        **_rights(request),
        "may_open_settings": permissions.may(request.user, Capability.COLLABORATION_READ),
    }
    return render(request, "invitations/user_flows/user_flows.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="external_identities",
    page="user_flows",
    title=gettext_lazy("New user flow"),
    capability=Capability.USER_FLOWS_EDIT,
    parent=PAGE,
)
def create_user_flow(request: TenantRequest) -> HttpResponse:
    """Name, identity providers, attributes."""
    error: InvalidInput | None = None
    typed = _typed(request) if request.method == "POST" else FlowSettings(offers_passcode=True)
    name, problem, status = request.POST.get("name", ""), "", 200
    if request.method == "POST":
        try:
            flow = actions.create_user_flow(request.tenant, name, typed, by=request.user)
        except InvalidInput as refusal:
            error, status = refusal, refusal.status
        except Conflict as refusal:
            problem, status = str(refusal), refusal.status
        else:
            toasts.succeeded(request, _("%(name)s was created") % {"name": flow.name})
            return redirect("invitations:user_flow", flow_id=flow.pk)
    context = {"flow": None, "name": name, "name_error": str(error or ""), "problem": problem}
    return _form(request, typed, context, status)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="external_identities",
    page="user_flows",
    title=TITLE,
    capability=Capability.USER_FLOWS_READ,
    parent=PAGE,
)
def user_flow(request: TenantRequest, flow_id: UUID) -> HttpResponse:
    """One flow: its address, what it offers and asks."""
    flow = _flow_of(request, flow_id)
    stored = FlowSettings.of(flow), flow.version
    (values, version), problem, status = stored, "", 200
    if request.method == "POST":
        values, version = _typed(request), posted_number(request, "version")
        try:
            actions.update_user_flow(flow, values, by=request.user, version=version)
        except Conflict as refusal:
            problem, status = str(refusal), refusal.status
            if isinstance(refusal, ChangedMeanwhile):
                values, version = stored
        else:
            toasts.succeeded(request, _("%(name)s was saved") % {"name": flow.name})
            return redirect("invitations:user_flow", flow_id=flow.pk)
    context = {"flow": flow, "url": _url(flow), "version": version, "problem": problem}
    return _form(request, values, context, status)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="external_identities",
    page="user_flows",
    title=gettext_lazy("Delete user flow"),
    capability=Capability.USER_FLOWS_EDIT,
    parent=PAGE,
)
def delete_user_flow(request: TenantRequest, flow_id: UUID) -> HttpResponse:
    """Ask, then delete."""
    flow = _flow_of(request, flow_id)
    if request.method != "POST":
        return render(request, "invitations/user_flows/delete_user_flow.html", {"flow": flow})
    actions.delete_user_flow(flow, by=request.user)
    toasts.succeeded(request, _("%(name)s was deleted") % {"name": flow.name})
    return redirect(PAGE)


def _form(
    request: TenantRequest, values: FlowSettings, more: Mapping[str, object], status: int
) -> HttpResponse:
    context = {
        **more,
        **_rights(request),
        "prefix": PREFIX,
        "offers": _offers(request, values),
        "attributes": [(n, label, n in values.attributes) for n, label in ATTRIBUTES.items()],
    }
    return render(request, "invitations/user_flows/user_flow.html", context, status=status)


def _rights(request: TenantRequest) -> dict[str, object]:
    return {
        "is_on": checks.policy_of(request.tenant).is_self_service_allowed,
        "may_edit": permissions.may(request.user, Capability.USER_FLOWS_EDIT),
        "roles": permissions.role_names(Capability.USER_FLOWS_EDIT),
    }


def _offers(request: TenantRequest, values: FlowSettings) -> list[tuple[str, object, bool, str]]:
    """Name, label, whether it is ticked, and why it has no effect now."""
    tenant = request.tenant
    kinds = set(SocialProvider.objects.of(tenant).values_list("kind", flat=True))
    policy = passcode_settings(tenant, passcode_policy_of(tenant))
    is_coded = state.is_effective(policy, timezone.now())
    hints = {
        "passcode": "" if is_coded else _("Off for guests now"),
        "google": "" if SocialProvider.Kind.GOOGLE in kinds else _("Not configured"),
        "facebook": "" if SocialProvider.Kind.FACEBOOK in kinds else _("Not configured"),
    }
    return [
        (
            name,
            label,
            bool(getattr(values, f"offers_{name}")),
            hints.get(name, ""),
        )
        for name, label in OFFERS.items()
    ]


def _typed(request: TenantRequest) -> FlowSettings:
    offered = set(request.POST.getlist("offers"))
    return FlowSettings(
        **{f"offers_{name}": name in offered for name in OFFERS},
        attributes=[name for name in ATTRIBUTES if name in request.POST.getlist("attributes")],
    )


def _labels(flow: UserFlow) -> list[str]:
    names = [_("Organization account")]
    offered = [str(label) for n, label in OFFERS.items() if getattr(flow, f"offers_{n}")]
    return names + offered


def _url(flow: UserFlow) -> str:
    path = reverse("invitations:sign_up", args=[flow.tenant.primary_domain, flow.name])
    return f"{deployment.PORTAL_BASE_URL}{path}"


def _flows(request: TenantRequest) -> list[UserFlow]:
    return list(UserFlow.objects.of(request.tenant).select_related("tenant"))


def _flow_of(request: TenantRequest, flow_id: UUID) -> UserFlow:
    flows = UserFlow.objects.of(request.tenant).select_related("tenant")
    flow: UserFlow | None = flows.filter(pk=flow_id).first()
    if flow is None:
        raise NotFound
    return flow
