"""What this room adds to the shell: navigation, slots, mail kinds."""

from __future__ import annotations

from invitations import emails
from portal.outbox import kinds


def register() -> None:
    """Register everything; called once when the apps are ready."""
    kinds.register(emails.KIND)
