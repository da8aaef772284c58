"""What this room adds to the shell: navigation, slots, mail kinds."""

from __future__ import annotations


def register() -> None:
    """Register everything; called once when the apps are ready."""
