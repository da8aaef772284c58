"""Keep how a user wants to see a list (USR-4)."""

from __future__ import annotations

from collections.abc import Sequence

from guests.models import ListView, User


def choose_columns(user: User, list_name: str, columns: Sequence[str]) -> None:
    """Show `user` these columns in this order from now on; no columns mean the default ones.

    Concerns nothing but what this user sees, so no log tells of it.
    """
    mine = ListView.objects.of(user.tenant).filter(user=user, list_name=list_name)
    if not columns:
        mine.delete()
        return
    ListView.objects.of(user.tenant).update_or_create(
        user=user,
        list_name=list_name,
        defaults={"columns": list(columns)},
        create_defaults={"columns": list(columns), "tenant": user.tenant},
    )


def chosen_columns(user: User, list_name: str) -> list[str]:
    """The names of the columns that `user` chose, none for the default ones."""
    found = ListView.objects.of(user.tenant).filter(user=user, list_name=list_name)
    return list(found.values_list("columns", flat=True).first() or [])
