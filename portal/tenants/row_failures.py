"""Work row by row, so that what one row raises counts against that row alone (REL-10).

Every unattended loop over rows goes through here: periodic tasks, scheduled tasks, bulk
jobs, purges. A row that fails waits, longer each time, and is given up after five failures; the
rows behind it go on. Operators see the failures and can clear them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from portal.tenants.models import RowFailure

LIMIT = 5
FIRST_WAIT = timedelta(minutes=1)
STATEMENT_TOO_LONG = "57014"
"""PostgreSQL ended the statement at the limit of SEC-115."""

logger = structlog.get_logger(__name__)


def is_database_away(error: BaseException) -> bool:
    """Whether `error` is the fault of the database and not of the row in hand (REL-19).

    A statement that took too long is the row's: the next row may be quicker.
    """
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    return getattr(error.__cause__, "sqlstate", None) != STATEMENT_TOO_LONG


class RowByRow:
    """One run of a named piece of work over rows."""

    def __init__(self, work: str) -> None:
        """Take the name of the work; reads which rows failed at it before."""
        self.work = work
        is_due = Q(due_at__lte=Now())
        rows = RowFailure.objects.filter(work=work).annotate(is_due=Coalesce(is_due, False))
        failed = dict(rows.values_list("key", "is_due"))
        self._failed = set(failed)
        self._waiting = {key for key, may_be_tried in failed.items() if not may_be_tried}

    def select_due(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Leave out the rows that wait after a failure, or were given up."""
        if not self._waiting:
            return rows
        to_key = rows.model._meta.pk.to_python
        return rows.exclude(pk__in=[to_key(key) for key in self._waiting])

    def attempt(
        self,
        key: object,
        do: Callable[[], object],
        *,
        give_up: Callable[[], object] = lambda: None,
    ) -> bool:
        """Do the work for one row; whether it was done.

        Takes the row's key and what to do at its last failure. The work must end its own
        transaction. Raises: only what says that the database is away.
        """
        if str(key) in self._waiting:
            return False
        try:
            do()
        except Exception as error:
            if is_database_away(error):
                raise
            logger.exception("row_failed", work=self.work, key=str(key))
            if self._count(str(key), error) >= LIMIT:
                give_up()
            return False
        if str(key) in self._failed:
            RowFailure.objects.filter(work=self.work, key=str(key)).delete()
        return True

    def delete(self, rows: models.QuerySet[Any], *, batch: int) -> int:
        """Delete `rows` in batches; how many rows went, with those that depend on them.

        Where something holds one of a batch, its rows go one by one, and those that can't go stay.
        """
        deleted = 0
        model = rows.model
        while keys := list(self.select_due(rows).values_list("pk", flat=True)[:batch]):
            try:
                deleted += _delete(model, keys)
            except IntegrityError:
                deleted += sum(self.attempt(key, partial(_delete, model, [key])) for key in keys)
        return deleted

    def _count(self, key: str, error: Exception) -> int:
        """Note the failure; how many there were."""
        now, problem = Now(), type(error).__name__
        rows = RowFailure.objects.filter(work=self.work, key=key)
        RowFailure.objects.get_or_create(
            work=self.work, key=key, defaults={"failed_at": now, "problem": problem}
        )
        rows.update(count=F("count") + 1, failed_at=now, problem=problem)
        count = rows.values_list("count", flat=True).get()
        wait = FIRST_WAIT * 4 ** (count - 1)
        rows.update(due_at=None if count >= LIMIT else Now() + wait)
        self._failed.add(key)
        self._waiting.add(key)
        return count


def _delete(model: type[models.Model], keys: list[Any]) -> int:
    with transaction.atomic():
        return int(model._base_manager.filter(pk__in=keys).delete()[0])
