"""Register the service Mail delivery in the navigation (BET-3)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.console.navigation import MONITORING, Entry, Service, register_entry, register_service
from portal.permissions import Capability


def register() -> None:
    """Register everything; called once when the apps are ready."""
    service = "mail_delivery"
    register_service(Service(service, _("Mail delivery"), "mail_checkmark", MONITORING), order=60)
    for order, (name, label, icon, url_name) in enumerate(
        (
            ("mails", _("Mails"), "mail", "outbox:mail_delivery"),
            ("suppressed", _("Suppressed addresses"), "mail_prohibited", "outbox:suppressed"),
        )
    ):
        register_entry(
            Entry(service, name, label, icon, url_name, Capability.MAIL_READ), order=order * 10
        )
