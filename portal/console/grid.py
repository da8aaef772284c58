"""Lists with search, filters, order and keyset pages, all of them in the URL (USR-7 to USR-10).

A list describes itself once as a `Grid`; `grid_page` reads the URL and asks the database a fixed
number of times: once for the rows, once for their number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Expression, F, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.console.filters import (
    AnyFilter,
    DateFilter,
    Filter,
    Pill,
    Shortcut,
    TextFilter,
    clean_text,
)
from portal.console.keyset import Beyond
from portal.errors import DomainError

__all__ = ["Column", "DateFilter", "Filter", "Grid", "GridPage", "Shortcut", "TextFilter"]

PAGE_SIZE = 50
COUNT_BOUND = 10_000
"""Counts are exact up to here, then "more than"."""
COLUMNS = "columns"
ADD = "add"
"""In the address: the columns to show, and the filter whose form is to open."""

Text = str | Promise
Search = Callable[[QuerySet[Any], str], "QuerySet[Any] | Hits"]
"""Takes rows and what was typed, gives the rows that match it."""


@dataclass(frozen=True)
class Hits:
    """What a search found where reading in order and counting want different questions.

    `is_many` says that there are more than `COUNT_BOUND` unless a filter narrows them too.
    """

    rows: QuerySet[Any]
    counted: QuerySet[Any]
    is_many: bool = False


class BadCursor(DomainError):
    """The address of a further page was changed or belongs to another order."""

    message = gettext_lazy("This address of a further page can’t be used. Open the list again.")


@dataclass(frozen=True)
class Column:
    """A column; `sort` is the field or expression that orders by it, None where nothing does.

    `classes` are those of the design: `opt` and `opt-2` give way on narrow blades, `num`.
    An optional column is shown to users who chose it (USR-3); `prepare` fetches along what its
    cells need, so that the number of queries does not grow with the rows.
    Where not every row has what orders, `parts` gives the rows as query sets with a `grid_key`
    each, the highest keys first: each is then read by an index of its own.
    """

    name: str
    label: Text
    sort: str | Expression | None = None
    classes: str = ""
    is_optional: bool = False
    prepare: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None
    parts: Callable[[QuerySet[Any]], Sequence[QuerySet[Any]]] | None = None
    width: int = 0
    """In CSS pixels, until somebody draws the column wider; 0 leaves it to the browser."""


@dataclass(frozen=True)
class Grid:
    """What a list shows and what can be asked of it."""

    caption: Text
    columns: Sequence[Column]
    rows_template: str
    found: Callable[[int], str]
    """The sentence with the number of hits."""
    default_sort: str
    filters: Sequence[AnyFilter] = ()
    shortcuts: Sequence[Shortcut] = ()
    search: Search | None = None
    search_label: Text = ""
    has_selection: bool = False
    columns_url_name: str = ""
    """Where the choice of columns is kept, if there is one (USR-4)."""
    classes: str = ""

    @property
    def is_frozen(self) -> bool:
        """Whether boxes and names stay while the rest scrolls, and columns can be resized."""
        return any(column.width for column in self.columns)

    @property
    def has_search(self) -> bool:
        """Whether the list can be searched (templates would call `search`)."""
        return self.search is not None

    def chosen(self, names: Sequence[str]) -> list[Column]:
        """The columns of these names in this order; the default ones if none is known.

        The first column names the row and always stands first.
        """
        known = {column.name: column for column in self.columns}
        found = [known[name] for name in dict.fromkeys(names) if name in known]
        if not found:
            return [column for column in self.columns if not column.is_optional]
        first = self.columns[0]
        return [first, *(column for column in found if column is not first)]


@dataclass(frozen=True)
class Heading:
    """A column's heading: where a click on it leads and how the list is sorted by it now."""

    name: str
    label: Text
    classes: str
    url: str
    aria_sort: str
    icon: str
    width: int


@dataclass
class GridPage:
    """One page of a list, ready for `shell/list.html`."""

    grid: Grid
    rows: list[Any]
    headings: list[Heading]
    pills: list[Pill]
    more_pills: list[tuple[Text, str]]
    """Filters behind *Add filter*, with the address that opens each."""
    search: str
    state: list[tuple[str, str]]
    """What the search form carries along: filters and order."""
    found: str
    total: str
    shown: int
    first: int
    url: str
    clear_url: str
    columns: list[Column]
    view_url: str
    """Columns, filters, order and search in one address (USR-4)."""
    next_url: str = ""
    is_narrowed: bool = False
    cells: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    """What apps above add to the rows, by hook and primary key."""


def grid_page(
    request: HttpRequest, queryset: QuerySet[Any], grid: Grid, *, columns: Sequence[str] = ()
) -> GridPage:
    """The page of `queryset` that the request's address asks for.

    Takes the names of the `columns` that stand there unless the address names others. Values
    that no filter has and orders that no column has are ignored. Two queries, and those that
    the columns shown prepare.
    Raises: BadCursor.
    """
    address = _Address(request, grid)
    hits = _narrowed(queryset, address, grid)
    narrowed = hits.rows
    is_known = hits.is_many and not address.filters
    count = COUNT_BOUND + 1
    if not is_known:
        count = hits.counted.order_by()[: COUNT_BOUND + 1].count()
    shown_columns = grid.chosen(address.columns or columns)
    first, rows = _page_rows(narrowed, address, shown_columns)
    has_more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    shown = first + len(rows)
    pills, more_pills = _pills(address, grid)
    return GridPage(
        grid=grid,
        rows=rows,
        headings=[_heading(address, column) for column in shown_columns],
        pills=pills,
        more_pills=more_pills,
        search=address.search,
        state=address.state,
        found=_found(grid, count),
        total=_total(count),
        shown=shown,
        first=first,
        url=address.with_values(),
        clear_url=address.with_values(search="", **dict.fromkeys(address.filters, "")),
        columns=shown_columns,
        view_url=address.with_values(
            sort=address.sort, columns=",".join(column.name for column in shown_columns)
        ),
        next_url=_next_url(address, rows[-1], shown) if has_more else "",
        is_narrowed=bool(address.search or address.filters),
    )


def _page_rows(
    narrowed: QuerySet[Any], address: _Address, shown_columns: Sequence[Column]
) -> tuple[int, list[Any]]:
    """How many rows came before the page, and its rows with one more, if there are more."""
    parts = [narrowed.annotate(grid_key=_key(address.column))]
    if address.column.parts:
        parts = list(address.column.parts(narrowed))
    first, rows = 0, list[Any]()
    for part in parts if address.is_descending else reversed(parts):
        first, after = _position(address, part)
        ordered = _ordered(part.filter(after), address.is_descending)
        for column in shown_columns:
            ordered = column.prepare(ordered) if column.prepare else ordered
        rows += ordered[: PAGE_SIZE + 1 - len(rows)]
        if len(rows) > PAGE_SIZE:
            break
    return first, rows


def narrowed_rows(
    request: HttpRequest, queryset: QuerySet[Any], grid: Grid
) -> tuple[QuerySet[Any], bool]:
    """All rows that the request's address asks for, in its order; whether it narrows them.

    What a download of the list holds (BLK-20).
    """
    address = _Address(request, grid)
    keyed = _narrowed(queryset, address, grid).rows.annotate(grid_key=_key(address.column))
    return _ordered(keyed, address.is_descending), bool(address.search or address.filters)


def render_grid(
    request: HttpRequest,
    template: str,
    page: GridPage,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The whole page, or for htmx the part it asked for: further rows or the list."""
    htmx = getattr(request, "htmx", None)
    if htmx and not htmx.history_restore_request:
        if htmx.target == "rows":
            template = "console/_grid_more.html"
        elif htmx.target == "grid":
            template = "console/_grid_again.html"
    response = render(request, template, {"page": page, **(context or {})}, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


class _Address:
    """What the request's query string asks of a grid."""

    def __init__(self, request: HttpRequest, grid: Grid) -> None:
        self._path = request.path
        query = request.GET.dict()
        self.search = clean_text(query.get("search", "")) if grid.search else ""
        self.cursor = query.get("cursor", "")
        self.asked = {f.name: values for f in grid.filters if (values := f.read(query))}
        self.filters = {name: v for values in self.asked.values() for name, v in values.items()}
        self.sort, self.column = self._order(query.get("sort", ""), grid)
        known = {column.name for column in grid.columns}
        self.columns = [name for name in query.get(COLUMNS, "").split(",") if name in known]
        self.added = query.get(ADD, "")
        self._default_sort = grid.default_sort

    def _order(self, wanted: str, grid: Grid) -> tuple[str, Column]:
        sortable = {c.name: c for c in grid.columns if c.sort is not None}
        sort = wanted if wanted.removeprefix("-") in sortable else grid.default_sort
        return sort, sortable[sort.removeprefix("-")]

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def state(self) -> list[tuple[str, str]]:
        values = list(self.filters.items())
        if self.sort != self._default_sort:
            values.append(("sort", self.sort))
        if self.columns:
            values.append((COLUMNS, ",".join(self.columns)))
        return values

    def state_without(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Everything the first page is asked for besides the parameters `names`."""
        values = [*self.state, ("search", self.search)]
        return [(name, value) for name, value in values if value and name not in names]

    def with_values(self, **changes: str) -> str:
        """The address with these values; the first page unless `cursor` is among them."""
        values = {"search": self.search, **dict(self.state), **changes}
        query = QueryDict(mutable=True)
        query.update({name: value for name, value in values.items() if value})
        return f"{self._path}?{query.urlencode(safe=',')}" if query else self._path


def _narrowed(queryset: QuerySet[Any], address: _Address, grid: Grid) -> Hits:
    for filter_ in grid.filters:
        if values := address.asked.get(filter_.name):
            queryset = queryset.filter(filter_.condition(values))
    if address.search and grid.search:
        found = grid.search(queryset, address.search)
        return found if isinstance(found, Hits) else Hits(found, found)
    return Hits(queryset, queryset)


def _pills(address: _Address, grid: Grid) -> tuple[list[Pill], list[tuple[Text, str]]]:
    """The pills that stand there, and the filters behind *Add filter* with their addresses."""
    shown = [shortcut.pill(address, address.filters) for shortcut in grid.shortcuts]
    more: list[tuple[Text, str]] = []
    for filter_ in grid.filters:
        values = address.asked.get(filter_.name, {})
        if values or filter_.is_quick or filter_.name == address.added:
            shown.append(filter_.pill(address, values, is_open=filter_.name == address.added))
        else:
            more.append((filter_.label, address.with_values(add=filter_.name)))
    return shown, more


def _key(column: Column) -> Expression | F:
    return F(column.sort) if isinstance(column.sort, str) else column.sort  # type: ignore[return-value]


def _ordered(queryset: QuerySet[Any], is_descending: bool) -> QuerySet[Any]:
    sign = "-" if is_descending else ""
    # SQLite sorts every row by a constant instead of reading the index of what comes after it.
    is_constant = isinstance(queryset.query.annotations["grid_key"], Value)
    keys = ["pk"] if is_constant else ["grid_key", "pk"]
    return queryset.order_by(*(f"{sign}{key}" for key in keys))


def _position(address: _Address, queryset: QuerySet[Any]) -> tuple[int, Q | Beyond]:
    """How many rows came before this page, and the condition for those after them."""
    if not address.cursor:
        return 0, Q()
    try:
        text, pk_text, first = signing.loads(address.cursor, salt=_salt(address))
        key_field = queryset.query.annotations["grid_key"].output_field
        pk_field = queryset.model._meta.pk
        key, pk = key_field.to_python(text), pk_field.to_python(pk_text)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadCursor from error
    return first, Beyond(
        F("grid_key"),
        F("pk"),
        Value(key, output_field=key_field),
        Value(pk, output_field=pk_field),
        is_descending=address.is_descending,
    )


def _next_url(address: _Address, last: Any, shown: int) -> str:
    key = last.grid_key
    text = key.isoformat() if isinstance(key, datetime) else key
    return address.with_values(
        cursor=signing.dumps([text, str(last.pk), shown], salt=_salt(address))
    )


def _salt(address: _Address) -> str:
    return f"grid {address.sort}"


def _heading(address: _Address, column: Column) -> Heading:
    if column.sort is None:
        return Heading(column.name, column.label, column.classes, "", "", "", column.width)
    is_current = column.name == address.column.name
    goes_down = is_current and not address.is_descending
    url = address.with_values(sort=f"-{column.name}" if goes_down else column.name)
    order, icon = "none", "arrow_sort"
    if is_current:
        order = "descending" if address.is_descending else "ascending"
        icon = "arrow_sort_down" if address.is_descending else "arrow_sort_up"
    return Heading(column.name, column.label, column.classes, url, order, icon, column.width)


def _found(grid: Grid, count: int) -> str:
    if count <= COUNT_BOUND:
        return grid.found(count)
    return _("More than %(found)s") % {"found": grid.found(COUNT_BOUND)}


def _total(count: int) -> str:
    if count <= COUNT_BOUND:
        return f"{count:,}"
    return _("more than %(count)s") % {"count": f"{COUNT_BOUND:,}"}
