"""Turn events of the mail provider into delivery reports (extra `anymail`; INV-23).

The URL exists only where PORTAL_MAIL_PROVIDER and PORTAL_MAIL_WEBHOOK_SECRET are set and the
package is installed; the package checks the secret, and the provider's signature where it has one.
"""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.urls import URLPattern

from portal.outbox.bounces import actions, delivery_reports
from portal.outbox.bounces.delivery_reports import DeliveryReport
from portal.outbox.sending.messages import own_domain

MAXIMUM_CHARACTERS = 200_000
_ABOUT_THE_ADDRESS = frozenset({None, "", "invalid", "bounced"})
_ACTIONS = {
    "bounced": "failed",
    "rejected": "failed",
    "failed": "failed",
    "deferred": "delayed",
    "delivered": "delivered",
    "complained": "complained",
}


def is_available() -> bool:
    """Whether the settings ask for the address and the package is there."""
    is_asked = settings.PORTAL_MAIL_PROVIDER and settings.ANYMAIL["WEBHOOK_SECRET"]
    return bool(is_asked) and find_spec("anymail") is not None


def urls() -> list[URLPattern]:
    """The provider's own address for events, or nothing; incoming mail gets none.

    Raises: LookupError for a provider that the package does not know.
    """
    if not is_available():
        return []
    from anymail import urls as provided  # the package is an extra

    name = f"{settings.PORTAL_MAIL_PROVIDER}_tracking_webhook"
    combined = f"{settings.PORTAL_MAIL_PROVIDER}_webhook"
    found = [p for p in provided.urlpatterns if getattr(p, "name", "") in {name, combined}]
    if not found:
        raise LookupError(f"PORTAL_MAIL_PROVIDER: no provider {settings.PORTAL_MAIL_PROVIDER}")
    return found[:1]


def connect_provider_events() -> None:
    """Take in what the package receives; called once when the apps are ready."""
    if find_spec("anymail") is not None:
        from anymail.signals import tracking  # the package is an extra

        tracking.connect(receive, dispatch_uid="outbox-provider-events")


def receive(sender: object, *, event: Any, **_: object) -> None:
    """Note one event; those of no interest and of no mail of ours are left."""
    actions.attempt_report(event.event_id, partial(_receive, event))


def _receive(event: Any) -> None:
    report = report_of(event)
    if report is not None:
        actions.note_delivery_report(report)


def report_of(event: Any) -> DeliveryReport | None:
    """What a normalized event says of one of our mails, or None.

    A provider that mail reaches by SMTP names our Message-ID as its own id or somewhere among
    the fields of its event.
    """
    action = _ACTIONS.get(str(event.event_type))
    fields = f"{event.message_id or ''} {event.esp_event!r}"[:MAXIMUM_CHARACTERS]
    mail_id = delivery_reports.mail_id_in(fields, own_domain())
    if action is None or mail_id is None:
        return None
    words = " ".join(str(t) for t in (event.mta_response, event.description) if t)
    status = delivery_reports.status_in(words)
    if action == "failed":
        # Providers say *bounced* for an address that does not exist, with or without a code;
        # a spam filter or a queue that ran out of time they name as the reason.
        is_address = event.reject_reason in _ABOUT_THE_ADDRESS and not status.startswith("4.")
        status = status or ("5.0.0" if is_address else "5.7.0")
        if not is_address and status.startswith("5."):
            status = "5.7.0"
    reason = delivery_reports.clean_reason(words or str(event.reject_reason or event.event_type))
    return DeliveryReport(mail_id, str(event.recipient or ""), action, status, reason)
