"""Pages that refuse in every way, beside the real ones."""

from __future__ import annotations

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from portal.console.blades import TenantRequest, blade, guest_page
from portal.errors import Conflict, DomainError, NotAllowed, TooSoon, Unavailable
from portal.permissions import Capability
from portal.urls import handler400, handler500
from portal.urls import urlpatterns as portal_urls

REFUSALS: dict[str, Exception] = {
    "plain": DomainError("No such luck.", code=50014),
    "forbidden": NotAllowed(roles=("Global Administrator",)),
    "conflict": Conflict("Somebody was faster."),
    "too-soon": TooSoon("Wait a little.", retry_after=42),
    "down": Unavailable("The mail server is away.", retry_after=7),
    "gone": Http404(),
    "fault": RuntimeError("internals that nobody may see"),
    "suspicious": SuspiciousOperation("internals that nobody may see"),
}


@blade(service="users", page="all_users", title="Refusals", capability=Capability.USERS_READ)
def refuse(request: TenantRequest, kind: str) -> HttpResponse:
    """Refuse on a blade."""
    raise REFUSALS[kind]


@blade(
    service="users", page="all_users", title="Secrets", capability=Capability.PASSCODE_POLICY_EDIT
)
def secrets(request: TenantRequest) -> HttpResponse:
    """A blade that few may open."""
    return HttpResponse("secret")


@guest_page
def refuse_guest(request: HttpRequest, kind: str) -> HttpResponse:
    """Refuse on a guest page."""
    raise REFUSALS[kind]


__all__ = ["handler400", "handler500", "urlpatterns"]

urlpatterns = [
    path("refuse/<str:kind>/", refuse),
    path("secrets/", secrets),
    path("refuse-guest/<str:kind>/", refuse_guest),
    *portal_urls,
]
