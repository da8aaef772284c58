"""Remedies for guests who lose their sign-in by a change; an app above registers them (BET-2)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass

from guests.models import User
from identityproviders.discovery import guest_groups
from identityproviders.impact.effects import AffectedGuests, Consequences
from portal.hooks import Hook, HtmlHook
from portal.tenants.models import Tenant


@dataclass(frozen=True)
class Remedy:
    """What can be done for many guests at once.

    `may(user)` says who may; `start(ids, by)` begins it for these guests, inside the
    transaction of the change, and gives the address where its progress is shown.
    """

    may: Callable[[User], bool]
    start: Callable[[Collection[uuid.UUID], User], str]


REMEDIES: Hook[Remedy] = Hook("remedies for guests who lose their sign-in")
RESET = "reset redemption"
IMPACT_COMMANDS = HtmlHook("impact.commands")
"""Commands for the guests selected in the list of those that a change affects."""


def losing_guests(tenant: Tenant, found: Consequences) -> list[uuid.UUID]:
    """The ids of the guests whose sign-in the change takes away."""
    keys = {effect.group.key for effect in found.affecting(AffectedGuests.LOSE)}
    rows = guest_groups.list_guests(tenant, keys, named=found.named)
    return list(rows.order_by("pk").values_list("pk", flat=True))
