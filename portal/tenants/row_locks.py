"""Lock rows until the transaction ends."""

from __future__ import annotations

from typing import Any

from django.db import models

from portal.tenants.models import Tenant


def lock_rows(rows: models.QuerySet[Any]) -> int:
    """Lock `rows` until the transaction ends; give how many there are.

    Call it inside a transaction. Only keys are read, in the order of the keys, so that two
    callers with the same rows wait for each other and never both. Foreign keys to the rows may
    still be inserted meanwhile. On SQLite the transaction is the only writer from its BEGIN
    IMMEDIATE on, and Django leaves the clause out (REL-27).
    """
    keys = rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)
    return len(keys)


def lock_tenant(tenant: Tenant) -> None:
    """Let one change that asks for it at a time go on in `tenant`, until the transaction ends.

    A query after it sees what the change before committed.
    """
    lock_rows(Tenant.objects.filter(pk=tenant.pk))


def lock_unlocked_row(rows: models.QuerySet[Any]) -> Any | None:
    """Lock the first of `rows` that no other transaction has locked; give it, or None.

    Call it inside a transaction. Workers that take rows in the same order pass by each other
    instead of waiting (REL-3).
    """
    return rows.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
