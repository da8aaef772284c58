"""Pages Audit logs and Sign-in logs: list, pane of one event, file (AUD-3, LOG-2)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from portal import permissions
from portal.audit import actions, exports, log, log_grids, origin, queries
from portal.audit.error_codes import ERROR_CODES
from portal.audit.log import Activity
from portal.audit.models import AuditEvent, SignInEvent
from portal.console.blades import TenantRequest, blade
from portal.console.downloads import JSON, download_response
from portal.console.grid import Grid, grid_page, narrowed_rows, render_grid
from portal.permissions import Capability
from portal.values.csv_file import csv_chunks

if TYPE_CHECKING:
    from guests.models import User


Tabs = Mapping[str, str | Promise]


@dataclass(frozen=True)
class LogKind:
    """A log: its list, the tabs of its detail pane, its files."""

    name: str
    template: str
    grid: Callable[[], Grid]
    tabs: Tabs
    details: Callable[[User, Any], dict[str, Any]]
    """Takes the reader and an event, gives what its pane shows besides the event."""
    columns: exports.Columns
    as_object: Callable[[Any], dict[str, object]]
    reading: Activity
    download: Activity


def _audit_details(reader: User, event: AuditEvent) -> dict[str, Any]:
    target_id = event.target_id if event.target_type == "User" else ""
    return {
        "title": event.activity,
        "has_initiator": queries.has_page(reader.tenant, event.actor_id),
        "has_target": queries.has_user(reader.tenant, target_id),
    }


def _sign_in_details(reader: User, event: SignInEvent) -> dict[str, Any]:
    return {
        "title": event.user_display_name or event.sign_in_identifier,
        "steps": queries.sign_in_steps(reader, event),
        "device": origin.parse_user_agent(event.user_agent),
        "error": ERROR_CODES.get(event.error_code),
        "home_tenant": reader.tenant if event.home_tenant_id == reader.tenant_id else None,
        "has_user": queries.has_page(reader.tenant, event.user_id),
    }


AUDIT = LogKind(
    name="audit-logs",
    template="audit/audit_logs.html",
    grid=log_grids.audit_grid,
    tabs={
        "activity": _("Activity"),
        "targets": _("Target(s)"),
        "properties": _("Modified properties"),
    },
    details=_audit_details,
    columns=exports.AUDIT_COLUMNS,
    as_object=exports.audit_object,
    reading=log.READ_AUDIT_LOGS,
    download=log.DOWNLOAD_AUDIT_LOGS,
)
SIGN_INS = LogKind(
    name="sign-in-logs",
    template="audit/sign_in_logs.html",
    grid=log_grids.sign_in_grid,
    tabs={
        "basic": _("Basic info"),
        "location": _("Location"),
        "device": _("Device info"),
        "authentication": _("Authentication details"),
    },
    details=_sign_in_details,
    columns=exports.SIGN_IN_COLUMNS,
    as_object=exports.sign_in_object,
    reading=log.READ_SIGN_IN_LOGS,
    download=log.DOWNLOAD_SIGN_IN_LOGS,
)


EVENT, TAB = "event", "tab"
"""In the address: the event whose pane is open, and the pane’s tab."""
FORMATS = ("csv", "json")


def log_response(
    request: TenantRequest, kind: LogKind, events: QuerySet[Any], **context: Any
) -> HttpResponse:
    """The page of `events` that the address asks for; a file of them for POST.

    Takes the events that the reader may see. Raises: Http404 for an event not among them,
    NotAllowed for a file (SEC-103).
    """
    if request.method == "POST":
        return _download(request, kind, events)
    if not getattr(request, "htmx", False):
        actions.note_reading(request.user, kind.reading)
    grid = kind.grid()
    page = grid_page(request, events, grid)
    for row in page.rows:
        row.pane_url = _with(page.url, **{EVENT: str(row.pk)})
        row.is_open = str(row.pk) == request.GET.get(EVENT)
    context |= {
        "has_everything": permissions.may(request.user, Capability.LOGS_READ),
        "reading_roles": permissions.role_names(Capability.LOGS_READ),
        "may_export": permissions.may(request.user, Capability.LOGS_EXPORT),
        "exporting_roles": permissions.role_names(Capability.LOGS_EXPORT),
        "formats": FORMATS,
        "empty_template": "audit/_no_events.html",
    }
    if EVENT in request.GET:
        narrowed, _is_narrowed = narrowed_rows(request, events, grid)
        context |= _pane(request, kind, narrowed, page.url)
    return render_grid(request, kind.template, page, context)


def _pane(
    request: TenantRequest, kind: LogKind, events: QuerySet[Any], list_url: str
) -> dict[str, Any]:
    """The event of the address with its neighbors in the list, the newer one before it."""
    event = _event(events, request.GET[EVENT])
    tab = request.GET.get(TAB, "")
    tab = tab if tab in kind.tabs else next(iter(kind.tabs))
    newer = Q(created_at__gt=event.created_at) | Q(created_at=event.created_at, pk__gt=event.pk)
    older = Q(created_at__lt=event.created_at) | Q(created_at=event.created_at, pk__lt=event.pk)
    neighbours = {
        "previous_url": events.filter(newer).order_by("created_at", "pk").first(),
        "next_url": events.filter(older).order_by("-created_at", "-pk").first(),
    }
    return {
        "event": event,
        "tab": tab,
        "tabs": [
            (name, label, _with(list_url, **{EVENT: str(event.pk), TAB: name}))
            for name, label in kind.tabs.items()
        ],
        "close_pane_url": list_url,
        "event_json": exports.pretty_json(kind.as_object(event)),
        **{
            name: _with(list_url, **{EVENT: str(row.pk), TAB: tab}) if row else ""
            for name, row in neighbours.items()
        },
        **kind.details(request.user, event),
    }


def _event(events: QuerySet[Any], text: str) -> Any:
    """Raises: Http404 for what is no id, and for events the reader may not see (SEC-80)."""
    try:
        found = events.filter(pk=uuid.UUID(text)).first()
    except ValueError as error:
        raise Http404 from error
    if found is None:
        raise Http404
    return found


def _with(url: str, **values: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(values)}"


def _download(request: TenantRequest, kind: LogKind, events: QuerySet[Any]) -> HttpResponse:
    """The list as filtered at that moment, in constant memory."""
    suffix = request.POST.get("format", "")
    file_name = f"{kind.name}-{timezone.now():%Y-%m-%d}.{suffix[:4]}"
    actions.require_export(request.user, kind.download, file_name=file_name)
    if suffix not in FORMATS:
        raise Http404
    actions.note_download(request.user, kind.download, file_name=file_name)
    found, _is_narrowed = narrowed_rows(request, events, kind.grid())
    if suffix == "csv":
        return download_response(csv_chunks(exports.csv_parts(found, kind.columns)), file_name)
    parts = exports.json_parts(found, kind.as_object)
    return download_response(csv_chunks(parts, beginning=""), file_name, content_type=JSON)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="audit_logs",
    title=_("Audit logs"),
    capability=Capability.AUDIT_LOGS_OPEN,
    icon="clipboard_text_ltr",
)
def audit_logs(request: TenantRequest) -> HttpResponse:
    """Who changed what, newest first."""
    return log_response(request, AUDIT, queries.audit_events(request.user))


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="sign_in_logs",
    title=_("Sign-in logs"),
    capability=Capability.SIGN_IN_LOGS_OPEN,
    icon="person_arrow_right",
)
def sign_in_logs(request: TenantRequest) -> HttpResponse:
    """Who signed in, or tried to, newest first."""
    return log_response(request, SIGN_INS, queries.visible_sign_ins(request.user))
