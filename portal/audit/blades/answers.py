"""A log as a list, as a list with the pane of one event, or as a file (AUD-3, LOG-2)."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone

from portal import permissions
from portal.audit import actions, exports, queries
from portal.audit.blades.kinds import LogKind
from portal.shell.blades import TenantRequest
from portal.shell.downloads import JSON, download
from portal.shell.grid import grid_page, narrowed_rows, render_grid
from portal.spreadsheets import chunks

EVENT, TAB = "event", "tab"
"""In the address: the event whose pane is open, and the pane’s tab."""
FORMATS = ("csv", "json")


def answer(
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
        "has_everything": permissions.may(request.user, queries.READ),
        "reading_roles": permissions.role_names(queries.READ),
        "may_export": permissions.may(request.user, actions.EXPORT),
        "exporting_roles": permissions.role_names(actions.EXPORT),
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
    """The event of the address with its neighbours in the list, the newer one before it."""
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
        "event_json": exports.pretty(kind.as_object(event)),
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
        return download(chunks(exports.csv_parts(found, kind.columns)), file_name)
    parts = exports.json_parts(found, kind.as_object)
    return download(chunks(parts, beginning=""), file_name, content_type=JSON)
