"""A user's Audit logs and Sign-in logs: the tenant's, filtered (USR-21)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from guests.blades.user import user_of
from portal.audit import queries
from portal.audit.blades.answers import answer
from portal.audit.blades.kinds import AUDIT, SIGN_INS
from portal.shell.blades import TenantRequest, blade


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="audit_logs",
    title=_("Audit logs"),
    capability="audit_logs.open",
    parent="guests:users",
    menu="user",
)
def user_audit_logs(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """What was done to the user, and what the user did."""
    found = user_of(request, user_id)
    events = queries.audit_events(request.user).filter(queries.about_person(found.pk))
    return answer(request, AUDIT, events, subject=found)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="sign_in_logs",
    title=_("Sign-in logs"),
    capability="sign_in_logs.open",
    parent="guests:users",
    menu="user",
)
def user_sign_in_logs(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """When the user signed in, or tried to."""
    found = user_of(request, user_id)
    events = queries.sign_ins(request.user).filter(user=found)
    return answer(request, SIGN_INS, events, subject=found)
