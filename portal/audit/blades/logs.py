"""Users | Audit logs and Users | Sign-in logs (AUD-3, LOG-2)."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

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
    icon="clipboard_text_ltr",
)
def audit_logs(request: TenantRequest) -> HttpResponse:
    """Who changed what, newest first."""
    return answer(request, AUDIT, queries.audit_events(request.user))


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="sign_in_logs",
    title=_("Sign-in logs"),
    capability="sign_in_logs.open",
    icon="person_arrow_right",
)
def sign_in_logs(request: TenantRequest) -> HttpResponse:
    """Who signed in, or tried to, newest first."""
    return answer(request, SIGN_INS, queries.sign_ins(request.user))
