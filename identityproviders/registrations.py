"""What this room adds: the passcode mail."""

from __future__ import annotations

from identityproviders import emails
from portal.outbox import kinds


def register() -> None:
    """Register everything; called once when the apps are ready."""
    kinds.register(emails.KIND)
