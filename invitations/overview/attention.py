"""List what needs attention, for the Overview and for Home (EXT-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identityproviders.providers import provider_list
from identityproviders.providers.provider_list import Expiry
from invitations.overview.figures import Guests, Mails
from portal.outbox.models import Queue
from portal.outbox.sending import sweeper


@dataclass(frozen=True)
class Notice:
    """One line of *Needs attention*; `is_good` says that there is nothing to do."""

    text: str
    url: str = ""
    is_good: bool = False


def _expiring(providers: list[provider_list.CustomRow]) -> list[datetime]:
    """When the certificates that are marked end, soonest first (IDP-3)."""
    return sorted(
        row.certificate_expires_at
        for row in providers
        if row.certificate_expires_at and row.expiry is not Expiry.FINE
    )


def list_notices(
    guests: Guests, mails: Mails, providers: list[provider_list.CustomRow]
) -> list[Notice]:
    """What an administrator should look at: mails, stale invitations, certificates, workers."""
    expiring = _expiring(providers)
    pending = f"{reverse('invitations:invitations')}?age=stale"
    failed = f"{reverse('invitations:invitations')}?delivery=failed"
    found: list[Notice] = []
    if mails.failed:
        text = ngettext(
            "%(n)d invitation could not be delivered",
            "%(n)d invitations could not be delivered",
            mails.failed,
        )
        found.append(Notice(text % {"n": mails.failed}, failed))
    if guests.stale:
        text = ngettext(
            "%(n)d guest was invited more than 30 days ago and has not accepted",
            "%(n)d guests were invited more than 30 days ago and have not accepted",
            guests.stale,
        )
        found.append(Notice(text % {"n": guests.stale}, pending))
    if expiring:
        text = ngettext(
            "%(n)d provider certificate expires on %(day)s",
            "%(n)d provider certificates expire, the first on %(day)s",
            len(expiring),
        )
        day = date_format(expiring[0], "M j, Y")
        url = reverse("identityproviders:providers")
        found.append(Notice(text % {"n": len(expiring), "day": day}, url))
    return [*found, _worker_notice()]


def _worker_notice() -> Notice:
    """Whether every queue has a worker that showed itself lately (REL-16, REL-25)."""
    idle = [str(queue.label) for queue in Queue if not sweeper.is_served(queue)]
    if not idle:
        return Notice(_("Mail worker and queue are running"), is_good=True)
    text = _("No worker sends mails right now; they wait and are not lost. Queues: %(queues)s")
    return Notice(text % {"queues": ", ".join(idle)})
