"""Require a right of T17 for a change, and log the refusal under the change's activity (AUD-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal import permissions
from portal.audit import log
from portal.audit.log import Activity, Target
from portal.permissions import Capability

if TYPE_CHECKING:
    from guests.models import User


def require_right(by: User, capability: Capability, activity: Activity) -> None:
    """Pass if `by` holds `capability` (T17); a refusal is logged (AUD-1).

    Call it outside the transaction of the change. Raises: NotAllowed.
    """
    with log.refusals(activity, by.tenant, by=by):
        permissions.require(by, capability)


def require_right_over(by: User, capability: Capability, user: User, activity: Activity) -> None:
    """Pass if `by` may do this to `user` (T17, ROL-5); a refusal is logged (AUD-1).

    Call it outside the transaction of the change. Raises: NotAllowed.
    """
    with log.refusals(activity, user.tenant, by=by, target=Target.of_user(user)):
        permissions.require_on(by, capability, user)
