"""What distinguishes the two logs for a blade that shows one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.audit import devices, exports, grids, log, queries
from portal.audit.error_codes import ERROR_CODES
from portal.audit.log import Activity
from portal.audit.models import AuditEvent, SignInEvent
from portal.shell.grid import Grid

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
        "steps": queries.steps(reader, event),
        "device": devices.of(event.user_agent),
        "error": ERROR_CODES.get(event.error_code),
        "home_tenant": reader.tenant if event.home_tenant_id == reader.tenant_id else None,
        "has_user": queries.has_page(reader.tenant, event.user_id),
    }


AUDIT = LogKind(
    name="audit-logs",
    template="audit/audit_logs.html",
    grid=grids.audit_grid,
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
    grid=grids.sign_in_grid,
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
