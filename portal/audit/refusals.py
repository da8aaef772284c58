"""Changes that a page refused before any action was asked (AUD-1).

An action that refuses writes its own row, under its own activity; these stand under one name
with the title of the page.
"""

from __future__ import annotations

from typing import Any

from portal.audit import log
from portal.audit.log import CORE, Activity, Details, Target
from portal.audit.models import Result
from portal.console.blades import TenantRequest, change_refused

REFUSED = Activity("Refused for lack of rights", CORE, "Authorization", "Update")


def connect() -> None:
    """Listen to the shell; called once when the apps are ready."""
    change_refused.connect(note, dispatch_uid="audit")


def note(sender: None, *, request: TenantRequest, title: Any, reason: str, **_: Any) -> None:
    """Write one row of result Failure for a refused request."""
    log.record(
        REFUSED,
        request.tenant,
        by=request.user,
        target=Target("Page", request.path[:64], str(title)),
        details=Details(reason=reason),
        result=Result.FAILURE,
    )
