"""Log the refused changes that no action has logged (AUD-1).

An action that refuses writes its own row, under its own activity; these rows stand under one name
with the title of the page.
"""

from __future__ import annotations

from portal.audit import log
from portal.audit.log import CORE, Activity, Details, Target
from portal.audit.models import Result
from portal.console.blades import TenantRequest, Text

REFUSED = Activity("Refused for lack of rights", CORE, "Authorization", "Update")


def note_refusal(request: TenantRequest, title: Text, reason: str) -> None:
    """Write one row of result Failure for a refused request."""
    log.record(
        REFUSED,
        request.tenant,
        by=request.user,
        target=Target("Page", request.path[:64], str(title)),
        details=Details(reason=reason),
        result=Result.FAILURE,
    )
