"""Read users for lists and pages: filters, search, one user, sign-ins of a month."""

from __future__ import annotations

import sys
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, UUIDField, Value
from django.db.models.functions import TruncDate
from django.utils import timezone

from guests.models import SearchTerm, Sponsorship, User
from portal.audit.models import SignInEvent, SignInStatus
from portal.console.grid import Hits
from portal.console.keyset import Beyond
from portal.tenants.models import Tenant

SIGN_IN_DAYS = 30


def list_users(tenant: Tenant) -> QuerySet[User]:
    """Every present user of the tenant, without what no list shows."""
    present: QuerySet[User] = User.objects.of(tenant).present()
    return present.defer("password", "photo")


PAGE_BY_NAME = 50


@dataclass(frozen=True)
class PageByName:
    """Some users in the order of their names; `next_after` names the last one if more follow."""

    users: tuple[User, ...]
    next_after: str


def page_by_name(
    tenant: Tenant, rows: QuerySet[User], after: str = "", *, size: int = PAGE_BY_NAME
) -> PageByName:
    """The users among `rows` behind the one with the id `after`, by name (USR-10).

    The list starts at its beginning where no user of `tenant` has that id.
    """
    ordered = rows.order_by("display_name_key", "pk")
    last = _user_with_id(tenant, after)
    if last is not None:
        position = [Value(last.display_name_key), Value(last.pk, output_field=UUIDField())]
        ordered = ordered.filter(
            Beyond(F("display_name_key"), F("pk"), *position, is_descending=False)
        )
    users = tuple(ordered[: size + 1])
    has_more = len(users) > size
    return PageByName(users[:size], str(users[size - 1].pk) if has_more else "")


def _user_with_id(tenant: Tenant, text: str) -> User | None:
    try:
        pk = uuid.UUID(text)
    except ValueError:
        return None
    found: User | None = User.objects.of(tenant).filter(pk=pk).only("display_name_key").first()
    return found


def deleted_users(tenant: Tenant) -> QuerySet[User]:
    """Every user of the tenant that can still be restored (DEL-1)."""
    deleted: QuerySet[User] = User.objects.of(tenant).deleted()
    return deleted.defer("password", "photo")


def with_roles(rows: QuerySet[User], ids: Iterable[uuid.UUID]) -> list[User]:
    """The selected ones among `rows`, by name, with what questions of rights need of them."""
    selected = rows.filter(pk__in=list(ids)).select_related("tenant")
    return list(selected.prefetch_related("role_assignments").order_by("display_name_key", "pk"))


def find_user(tenant: Tenant, user_id: uuid.UUID) -> User | None:
    """The present user with this object id and what the blade shows of it, or None.

    Other tenants' ids are unknown here (SEC-80).
    """
    sponsors = Sponsorship.objects.of(tenant).select_related("sponsor", "group").order_by("pk")
    found: User | None = (
        list_users(tenant)
        .select_related("tenant", "manager", "last_sign_in")
        .prefetch_related(
            "role_assignments", "identities", Prefetch("sponsorships", queryset=sponsors)
        )
        .filter(pk=user_id)
        .first()
    )
    return found


def find_photo(tenant: Tenant, user_id: uuid.UUID) -> tuple[str, bytes] | None:
    """Version and picture of a present user; None where there is none."""
    row = (
        User.objects.of(tenant)
        .present()
        .filter(pk=user_id)
        .exclude(photo_version="")
        .values_list("photo_version", "photo")
        .first()
    )
    return (row[0], bytes(row[1])) if row and row[1] else None


FEW_TERMS, MANY_TERMS = 5_000, 100_000
"""Up to the first number a search starts from its terms, beyond it walks the list in order and
looks each user up. Beyond the second there are surely more users than a list counts: a user has
a handful of terms."""


def search_users(tenant: Tenant, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """The rows that a search finds (USR-7); see `hits`."""
    return search_hits(tenant, rows, text).rows


def search_hits(tenant: Tenant, rows: QuerySet[Any], text: str) -> Hits:
    """The rows that a search finds (USR-7), to be read and to be counted.

    Matches the beginning of a word of the display name, of first and last name, UPN, mail and
    other emails, whatever the case; a GUID matches the object id. One query.
    """
    beginning = " ".join(text.split()).casefold()
    terms = SearchTerm.objects.of(tenant).filter(_begins(beginning)).order_by()
    found = terms[: MANY_TERMS + 1].count()
    question = Q(pk__in=terms.values("user"))
    if (object_id := _guid(text)) is not None:
        question |= Q(pk=object_id)
    counted = rows.filter(question)
    if found <= FEW_TERMS:
        return Hits(counted, counted)
    # Of a subquery that gives a value, a planner makes no join over all the terms.
    own = terms.filter(user=OuterRef("pk")).annotate(one=Value(1)).values("one")[:1]
    walked = rows.alias(has_term=Subquery(own)).filter(has_term=1)
    return Hits(walked, counted, is_many=found > MANY_TERMS)


def _begins(beginning: str) -> Q:
    """Terms that begin so. SQLite has an index for a range only, PostgreSQL one for LIKE."""
    found = Q(term__startswith=beginning)
    if connection.vendor == "sqlite":
        found &= Q(term__gte=beginning, term__lt=f"{beginning}{chr(sys.maxunicode)}")
    return found


def _guid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None


@dataclass(frozen=True)
class SignInDay:
    """How often somebody signed in, or failed to, on a day in UTC."""

    day: date
    succeeded: int
    failed: int


@dataclass(frozen=True)
class SignIns:
    """The sign-ins of the last 30 days of one user (USR-16)."""

    days: list[SignInDay]
    """Oldest first, today last."""
    last: SignInEvent | None

    @property
    def by_day(self) -> list[int]:
        """Attempts a day."""
        return [day.succeeded + day.failed for day in self.days]

    @property
    def succeeded(self) -> int:
        """Attempts that led in."""
        return sum(day.succeeded for day in self.days)

    @property
    def failed(self) -> int:
        """Attempts that did not."""
        return sum(day.failed for day in self.days)

    @property
    def total(self) -> int:
        """All attempts that came to an end."""
        return self.succeeded + self.failed


def sign_ins_of_month(user: User, *, now: datetime | None = None) -> SignIns:
    """How often `user` signed in during the last 30 days, by attempts (LOG-1). Two queries."""
    now = now or timezone.now()
    today = now.date()
    first_day = today - timedelta(days=SIGN_IN_DAYS - 1)
    attempts_of = SignInEvent.objects.of(user.tenant).last_of_each_attempt().filter(user=user)
    recent = (
        attempts_of.filter(created_at__gte=datetime.combine(first_day, time.min, UTC))
        .exclude(status=SignInStatus.INTERRUPTED)
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values_list("day", "status")
        .annotate(attempts=Count("pk"))
    )
    counts: Counter[tuple[date, str]] = Counter()
    for day, status, attempts in recent:
        counts[day, status] += attempts
    days = [first_day + timedelta(days=n) for n in range(SIGN_IN_DAYS)]
    succeeded = attempts_of.filter(status=SignInStatus.SUCCESS)
    return SignIns(
        days=[
            SignInDay(day, counts[day, SignInStatus.SUCCESS], counts[day, SignInStatus.FAILURE])
            for day in days
        ],
        last=succeeded.order_by("-created_at", "-pk").first(),
    )


def count_in_domain(tenant: Tenant, domain: str) -> int:
    """How many users of `tenant`, deleted ones too, have a principal name in `domain` (DIR-4)."""
    rows = User.objects.of(tenant).filter(user_principal_name__iendswith=f"@{domain}")
    return int(rows.count())
