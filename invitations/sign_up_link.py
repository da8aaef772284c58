"""*No account? Create one* on the sign-in page of a tenant (SSU-1)."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string

from invitations.models import UserFlow
from portal.tenants.models import Tenant


def link(request: HttpRequest, host: Tenant | None) -> str:
    """The link to the oldest user flow of `host`, which serves My Apps; nothing without one."""
    if host is None:
        return ""
    flows = UserFlow.objects.of(host).filter(
        tenant__collaboration_policy__is_self_service_allowed=True
    )
    name = flows.order_by("created_at").values_list("name", flat=True).first()
    if name is None:
        return ""
    return render_to_string("invitations/_sign_up_link.html", {"host": host, "name": name})
