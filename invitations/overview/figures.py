"""Compute the figures of the Overview, in a fixed number of queries (EXT-2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guests.models import Issuer, User
from invitations.delivery import send_invitation
from invitations.models import Invitation
from portal.audit.models import SignInEvent, SignInStatus
from portal.outbox.models import NOT_ARRIVED, OutgoingMail
from portal.tenants.models import Tenant

DAYS = 30
STALE_AFTER = timedelta(days=30)
"""An invitation that waits longer is stale (EXT-2)."""
FEDERATION = "federation"

METHODS: tuple[tuple[str, Promise | str, str], ...] = (
    (Issuer.EXTERNAL_TENANT, _("Organization account"), "c1"),
    (Issuer.PERSONAL, _("Personal account"), "c2"),
    (Issuer.GOOGLE, _("Google"), "c3"),
    (FEDERATION, _("SAML, WS-Fed, OpenID Connect"), "c4"),
    (Issuer.PASSCODE, _("Email one-time passcode"), "c5"),
)
"""The methods by issuer (T5), their names and their colors."""


@dataclass(frozen=True)
class Share:
    """How many guests, or sign-ins, of one method."""

    name: Promise | str
    css_class: str
    count: int
    percent: str = "0%"


@dataclass(frozen=True)
class Part:
    """One method’s part of the column of a day, in units of the drawing."""

    css_class: str
    y: float
    height: float


@dataclass(frozen=True)
class Day:
    """The sign-ins of guests on one day."""

    day: date
    x: float
    total: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Guests:
    """How many guests there are, and were."""

    now: int
    before: int
    pending: int
    stale: int
    by_day: tuple[int, ...]

    @property
    def more(self) -> int:
        """How many more than 30 days ago; negative for fewer."""
        return self.now - self.before

    @property
    def line(self) -> str:
        """The path of the sparkline in a drawing of 300 by 48."""
        low, high = min(self.by_day), max(self.by_day)
        step, span = 300 / (len(self.by_day) - 1), max(high - low, 1)
        points = (
            f"{index * step:.0f} {44 - 38 * (count - low) / span:.1f}"
            for index, count in enumerate(self.by_day)
        )
        return "M" + " ".join(points)


@dataclass(frozen=True)
class Mails:
    """What became of the invitations of the last 30 days, and of the open ones’ mails."""

    sent: int
    accepted: int
    failed: int


def guest_figures(tenant: Tenant, now: datetime) -> Guests:
    """The guests now, and on each of the last 30 days as far as they are still there."""
    rows = User.objects.of(tenant).present().external()
    stale = Q(external_user_state_changed_at__lte=now - STALE_AFTER)
    pending = Q(external_user_state="PendingAcceptance")
    totals = rows.aggregate(
        all=Count("pk"),
        pending=Count("pk", filter=pending),
        stale=Count("pk", filter=pending & stale),
    )
    start = now - timedelta(days=DAYS)
    new = Counter(
        dict(
            rows.filter(created_at__gt=start)
            .order_by()
            .annotate(day=TruncDate("created_at"))
            .values_list("day")
            .annotate(n=Count("pk"))
        )
    )
    by_day, count = [], totals["all"]
    for age in range(DAYS + 1):
        by_day.append(count)
        count -= new[(now - timedelta(days=age)).date()]
    return Guests(
        totals["all"], by_day[-1], totals["pending"], totals["stale"], tuple(reversed(by_day))
    )


def method_shares(tenant: Tenant, pending: int) -> list[Share]:
    """The accepted guests by method, and those who have not accepted yet (T5)."""
    rows = User.objects.of(tenant).accepted().order_by().values("identity_issuer")
    counts = _by_method({r["identity_issuer"]: r["n"] for r in rows.annotate(n=Count("pk"))})
    waiting: tuple[Promise | str, str, int] = (_("Not accepted yet"), "c6", pending)
    named = [(name, css, counts[key]) for key, name, css in METHODS]
    return _shares([*named, waiting])


def mail_figures(tenant: Tenant, now: datetime) -> Mails:
    """Sent and accepted within 30 days, and open invitations whose last mail failed (BET-3)."""
    start = now - timedelta(days=DAYS)
    rows = Invitation.objects.of(tenant)
    found = rows.aggregate(
        sent=Count("pk", filter=Q(created_at__gt=start)),
        accepted=Count("pk", filter=Q(accepted_at__gt=start)),
    )
    return Mails(found["sent"], found["accepted"], len(undelivered_invitations(tenant)))


def undelivered_invitations(tenant: Tenant) -> set[object]:
    """The open invitations whose newest mail did not arrive."""
    open_ones = Invitation.objects.of(tenant).open().values("pk")
    mine = OutgoingMail.objects.of(tenant).filter(
        kind=send_invitation.INVITATION_MAIL, is_copy=False
    )
    suspects = mine.filter(subject_id__in=open_ones, state__in=NOT_ARRIVED).values("subject_id")
    newest = dict(
        mine.filter(subject_id__in=suspects)
        .order_by("created_at", "id")
        .values_list("subject_id", "state")
    )
    return {subject for subject, state in newest.items() if state in NOT_ARRIVED}


def sign_in_days(tenant: Tenant, now: datetime) -> tuple[list[Day], list[Share]]:
    """The sign-ins of guests by day and method over 30 days, and their sums by method."""
    start = now - timedelta(days=DAYS - 1)
    rows = (
        SignInEvent.objects.of(tenant)
        .filter(
            created_at__date__gte=start.date(),
            is_final=True,
            status=SignInStatus.SUCCESS,
            user_type="external",
        )
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values_list("day", "identity_provider")
        .annotate(n=Count("pk"))
    )
    by_day: dict[date, dict[str, int]] = {}
    for day, issuer, count in rows:
        by_day.setdefault(day, {})[issuer] = count
    days = [(start + timedelta(days=n)).date() for n in range(DAYS)]
    counted = [(day, _by_method(by_day.get(day, {}))) for day in days]
    highest = max([sum(counts.values()) for _day, counts in counted] + [1])
    sums: Counter[str] = sum((counts for _day, counts in counted), Counter())
    shares = _shares([(name, css, sums[key]) for key, name, css in METHODS])
    columns = [_day(place, day, counts, highest) for place, (day, counts) in enumerate(counted)]
    return columns, shares


def _day(place: int, day: date, counts: Counter[str], highest: int) -> Day:
    parts, y = [], 100.0
    for key, _name, css in METHODS:
        height = round(100 * counts[key] / highest, 2)
        if height:
            y -= height
            parts.append(Part(css, round(y, 2), height))
    return Day(day, place * 10 + 1.5, sum(counts.values()), tuple(parts))


def _by_method(by_issuer: Mapping[str, int]) -> Counter[str]:
    """Counts by the keys of `METHODS`; every issuer without a name of its own is a federation."""
    known = {key for key, _name, _css in METHODS}
    counts: Counter[str] = Counter()
    for issuer, count in by_issuer.items():
        counts[issuer if issuer in known else FEDERATION] += count
    return counts


def _shares(rows: list[tuple[Promise | str, str, int]]) -> list[Share]:
    total = max(sum(count for _name, _css, count in rows), 1)
    return [Share(name, css, count, f"{100 * count / total:.1f}%") for name, css, count in rows]
