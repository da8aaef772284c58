"""Queue mails by the thousand, ask for codes meanwhile, say how long they took (FI-1 to FI-7)."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guests.models import User
from invitations.models import Invitation
from portal.outbox.models import OutgoingMail, Queue
from portal.tenants.models import Tenant
from tests.factories import PasscodeGuestFactory
from tests.support.inviting import invite_guest
from tests.support.smtp_sink import SmtpSink
from tests.support.waiting import wait_until

ROWS_OF_AN_INVITATION = 50


def queue_bulk_mails(inviter: User, count: int) -> set[str]:
    """Queue `count` bulk mails to as many addresses, as after a bulk invitation; the addresses.

    Fifty share an invitation, so that ten thousand are made in seconds.
    """
    invitations: list[Invitation] = []
    for number in range(math.ceil(count / ROWS_OF_AN_INVITATION)):
        address = f"invited{number}-{uuid.uuid4().hex[:6]}@partner.example"
        result = invite_guest(
            inviter.tenant,
            by=inviter,
            address=address,
            redirect_url="https://contoso.com/",
            is_mail_wanted=False,
        )
        invitations.append(result.invitation)
    if not invitations:
        return set()
    rows = [
        OutgoingMail(
            tenant=inviter.tenant,
            kind="invitation",
            queue=Queue.BULK,
            subject_id=invitations[number % len(invitations)].pk,
            recipient=f"bulk{number}-{uuid.uuid4().hex[:8]}@partner.example",
            give_up_at=timezone.now() + timedelta(hours=24),
        )
        for number in range(count)
    ]
    OutgoingMail.unscoped.bulk_create(rows, batch_size=1000)
    return {row.recipient for row in rows}


@dataclass(frozen=True)
class Latencies:
    """Seconds from POST to the relay's 250, sorted."""

    seconds: tuple[float, ...]

    def percentile(self, share: float) -> float:
        """The smallest wait that `share` percent did not exceed."""
        place = max(0, math.ceil(len(self.seconds) * share / 100) - 1)
        return self.seconds[place]

    def __str__(self) -> str:
        figures = [f"p{share} {self.percentile(share):.2f}" for share in (50, 95, 99)]
        return f"{len(self.seconds)} codes: {', '.join(figures)}, max {self.seconds[-1]:.2f} s"


def ask_for_codes(tenant: Tenant, sink: SmtpSink, count: int, *, every: float = 1.0) -> Latencies:
    """Let `count` guests press *Send code*, one each `every` seconds; how long their codes took."""
    guests = [
        PasscodeGuestFactory(tenant=tenant, address=f"coded{n}-{uuid.uuid4().hex[:6]}@mail.example")
        for n in range(count)
    ]
    pressed: dict[str, float] = {}
    started = time.monotonic()
    for number, guest in enumerate(guests):
        wait_until(lambda number=number: time.monotonic() >= started + number * every)  # type: ignore[misc]
        pressed[str(guest.mail)] = press_send_code(tenant, str(guest.mail))
    return _measured(sink, pressed)


def press_send_code(tenant: Tenant, address: str) -> float:
    """Type the address and press *Send code* in a new browser; when it was pressed."""
    browser = Client()
    sign_in = reverse("identityproviders:tenant_signin", args=[tenant.primary_domain])
    browser.post(sign_in, {"address": address})
    pressed = time.monotonic()
    answer = browser.post(reverse("identityproviders:send_code"))
    assert answer.status_code == 303, f"{answer.status_code} for {address}"
    return pressed


def _measured(sink: SmtpSink, pressed: dict[str, float]) -> Latencies:
    took = [sink.wait_for(1, to=address, timeout=60)[0].at - at for address, at in pressed.items()]
    return Latencies(tuple(sorted(took)))


def wait_for_all(sink: SmtpSink, addresses: Iterable[str], *, seconds: float) -> None:
    """Wait until each of `addresses` has its mail."""
    missing = set(addresses)

    def have_arrived() -> bool:
        missing.difference_update(mail.recipients[0] for mail in sink.messages)
        return not missing

    wait_until(have_arrived, seconds=seconds, otherwise=lambda: f"{len(missing)} are missing")


def count_duplicates(sink: SmtpSink) -> int:
    """How many messages the relay has taken more than once."""
    ids = [mail.message["Message-ID"] for mail in sink.messages]
    return len(ids) - len(set(ids))
