"""The pane *Edit columns* of a list of users: ticked columns in the order there (USR-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from guests.users.list import columns
from guests.users.list.columns import UserColumn
from portal.console.blades import TenantRequest

SAVE, RESET, UP, DOWN = "save", "reset", "up", "down"


def answer_column_pane(
    request: TenantRequest, list_name: str, offered: Sequence[UserColumn], *, back: str
) -> HttpResponse | dict[str, Any]:
    """Store the choice and lead back, or give what the pane shows.

    Takes the name that the choice is kept under, every column of the list and where it stands.
    """
    known = [column.name for column in offered]
    chosen = columns.chosen_columns(request.user, list_name)
    ticked = chosen or [column.name for column in offered if not column.is_optional]
    order = _whole(ticked, known)
    if request.method == "POST":
        order = _whole(request.POST.getlist("order"), known)
        ticked = [name for name in order if name in set(request.POST.getlist("column"))]
        if request.POST.get("go") == RESET:
            columns.choose_columns(request.user, list_name, [])
            return redirect(back)
        if request.POST.get("go") == SAVE:
            names = list(dict.fromkeys([order[0], *ticked]))
            columns.choose_columns(request.user, list_name, names)
            return redirect(back)
        order = _moved(order, request.POST)
    labels = {column.name: column.label for column in offered}
    return {
        "choices": [(name, labels[name], name in ticked) for name in order[1:]],
        "first": labels[order[0]],
        "pane_close_url": back,
        "pane_title": _("Edit columns"),
        "pane_subtitle": _("The choice is kept for you and changes nothing for others."),
    }


def without_columns(request: TenantRequest) -> str:
    """The query of the list's address without its columns, which the choice replaces."""
    query = request.GET.copy()
    query.pop("columns", None)
    return f"?{query.urlencode()}" if query else ""


def _whole(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Every column once: the fixed first one, then the given ones, then the others."""
    return list(dict.fromkeys([known[0], *(n for n in names if n in known), *known]))


def _moved(order: list[str], posted: QueryDict) -> list[str]:
    """The order with one column a place further up or down."""
    for direction, step in ((UP, -1), (DOWN, 1)):
        name = posted.get(direction, "")
        if name in order[1:]:
            index = order.index(name)
            other = index + step
            if 0 < other < len(order):
                order[index], order[other] = order[other], order[index]
    return order
