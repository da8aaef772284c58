"""Users | All users | Manage view > Edit columns (USR-4)."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from guests.actions import list_views
from guests.blades.user_columns import COLUMNS
from guests.blades.users import LIST, users_page
from portal.shell.blades import TenantRequest, blade

SAVE, RESET, UP, DOWN = "save", "reset", "up", "down"


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="all_users",
    title=_("All users"),
    capability="users.list",
)
def edit_columns(request: TenantRequest) -> HttpResponse:
    """The pane with every column: ticked ones are shown, in the order that stands there."""
    back = f"{reverse('guests:users')}{_filters(request)}"
    chosen = list_views.chosen_columns(request.user, LIST)
    ticked = chosen or [column.name for column in COLUMNS if not column.is_optional]
    order = _whole(ticked)
    if request.method == "POST":
        order = _whole(request.POST.getlist("order"))
        ticked = [name for name in order if name in set(request.POST.getlist("column"))]
        if request.POST.get("go") == RESET:
            list_views.choose_columns(request.user, LIST, [])
            return redirect(back)
        if request.POST.get("go") == SAVE:
            list_views.choose_columns(request.user, LIST, list(dict.fromkeys([order[0], *ticked])))
            return redirect(back)
        order = _moved(order, request.POST)
    labels = {column.name: column.label for column in COLUMNS}
    context = {
        "choices": [(name, labels[name], name in ticked) for name in order[1:]],
        "first": labels[order[0]],
        "pane_close_url": back,
        "pane_title": _("Edit columns"),
        "pane_subtitle": _("The choice is kept for you and changes nothing for others."),
    }
    return users_page(request, "guests/edit_columns.html", context)


def _whole(names: Sequence[str]) -> list[str]:
    """Every column once: the fixed first one, then the given ones, then the others."""
    known = [column.name for column in COLUMNS]
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


def _filters(request: TenantRequest) -> str:
    """The list's address without its columns, which the choice replaces."""
    query = request.GET.copy()
    query.pop("columns", None)
    return f"?{query.urlencode()}" if query else ""
