"""Register the two log pages in the menu of Users (USR-1)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.audit import home_tile, refusals
from portal.console.blades import CHANGE_REFUSED
from portal.console.home import HOME_MAIN
from portal.console.navigation import Entry, register_entry
from portal.permissions import Capability


def register() -> None:
    """Register everything; called once when the apps are ready."""
    HOME_MAIN.register("changes", home_tile.latest_changes_tile, order=90)
    CHANGE_REFUSED.register("audit", refusals.note_refusal)
    register_entry(
        Entry(
            "users",
            "audit_logs",
            _("Audit logs"),
            "clipboard_text_ltr",
            "audit:audit_logs",
            Capability.AUDIT_LOGS_OPEN,
        ),
        order=70,
    )
    register_entry(
        Entry(
            "users",
            "sign_in_logs",
            _("Sign-in logs"),
            "person_arrow_right",
            "audit:sign_in_logs",
            Capability.SIGN_IN_LOGS_OPEN,
        ),
        order=80,
    )
