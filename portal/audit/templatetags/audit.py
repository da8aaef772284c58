"""Template tags that draw log rows."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from portal.audit.log_grids import AUTHENTICATION_REQUIREMENTS, CROSS_TENANT_ACCESS_TYPES
from portal.audit.models import AuditEvent, SignInEvent
from portal.console.templatetags.console import badge

register = template.Library()

_REQUIREMENTS = dict(AUTHENTICATION_REQUIREMENTS)
_ACCESS_TYPES = dict(CROSS_TENANT_ACCESS_TYPES)
_KINDS = {"success": "ok", "failure": "bad"}


@register.simple_tag
def status_badge(event: AuditEvent | SignInEvent) -> SafeString:
    """How the operation or the sign-in ended, in words and color."""
    if isinstance(event, AuditEvent):
        return badge(_KINDS.get(event.result, "off"), event.get_result_display())
    return badge(_KINDS.get(event.status, "off"), event.get_status_display())


@register.filter
def initiator(event: AuditEvent) -> str:
    """Who did it; the system for jobs, workers and visitors without an account."""
    return event.actor_name or _("System")


@register.filter
def requirement_label(value: str) -> str:
    """Single- or multifactor."""
    return str(_REQUIREMENTS.get(value, value))


@register.filter
def access_label(value: str) -> str:
    """The cross tenant access type (LOG-4)."""
    return str(_ACCESS_TYPES.get(value, value))


@register.filter
def property_value(value: Any) -> str:
    """A value before or after a change as text; empty for none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(property_value(item) for item in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
