"""Filters of a list: their place in the URL, their condition, their pill (USR-5, USR-8).

Filters combine by AND. Text filters offer *equals* and *starts with*, enumerations *equals* and
*not equals*. All of them work as links and plain forms.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from django.db.models import CharField, Q
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Text = str | Promise
Values = Mapping[str, str]
"""Parameters of the address by their names."""

ANY = gettext_lazy("All")
IS = "_is"
NOT, STARTS, EMPTY = "not", "starts", "none"
MAXIMUM_TEXT = 320

CharField.register_lookup(Lower)


@dataclass(frozen=True)
class Option:
    """A value of a filter, and the address of the list with it."""

    label: Text
    url: str
    is_current: bool


@dataclass(frozen=True)
class Input:
    """A field of a filter's form."""

    name: str
    label: Text
    value: str
    type: str = "text"
    choices: Sequence[tuple[str, Text]] = ()
    suggestions: Sequence[str] = ()


@dataclass(frozen=True)
class Pill:
    """A filter as it stands above the list: links to choose from, or a small form."""

    name: str
    label: Text
    value: Text
    is_set: bool
    is_open: bool
    remove_url: str
    operators: Sequence[Option] = ()
    options: Sequence[Option] = ()
    inputs: Sequence[Input] = ()
    state: Sequence[tuple[str, str]] = ()
    """What the form carries along: everything the address asks for besides this filter."""


class FilterAddress(Protocol):
    """The list's address, as far as a pill needs it."""

    def with_values(self, **changes: str) -> str: ...
    def state_without(self, names: Sequence[str]) -> list[tuple[str, str]]: ...


class AnyFilter(Protocol):
    """What a list asks of a filter."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> Text: ...
    @property
    def is_quick(self) -> bool: ...
    def read(self, query: Values) -> dict[str, str]: ...
    def condition(self, values: Values) -> Q: ...
    def pill(self, address: FilterAddress, values: Values, *, is_open: bool) -> Pill: ...


@dataclass(frozen=True)
class Filter:
    """An enumeration: its values with their labels, and the condition each of them means.

    `is_quick` pills always stand there; the others come through *Add filter*.
    """

    name: str
    label: Text
    choices: Sequence[tuple[str, Text]]
    where: Callable[[str], Q]
    any_label: Text = ANY
    is_quick: bool = False
    is_negatable: bool = True

    def read(self, query: Values) -> dict[str, str]:
        """What the address asks; nothing for values that the filter does not have."""
        value = query.get(self.name, "")
        if value not in {choice for choice, _label in self.choices}:
            return {}
        is_not = self.is_negatable and query.get(self.name + IS) == NOT
        return {self.name: value, self.name + IS: NOT} if is_not else {self.name: value}

    def condition(self, values: Values) -> Q:
        """The rows with the value, or without it."""
        condition = self.where(values[self.name])
        return ~condition if self.name + IS in values else condition

    def pill(self, address: FilterAddress, values: Values, *, is_open: bool) -> Pill:
        """A menu of the values, with *equals* and *not equals* once one is chosen."""
        current, operator = values.get(self.name, ""), values.get(self.name + IS, "")
        label = dict(self.choices).get(current, self.any_label)
        operators = [
            Option(name, address.with_values(**{self.name + IS: value}), value == operator)
            for value, name in (("", _("equals")), (NOT, _("not equals")))
        ]
        return Pill(
            name=self.name,
            label=self.label,
            value=_("not %(value)s") % {"value": label} if operator else label,
            is_set=bool(current),
            is_open=is_open,
            remove_url=address.with_values(**{self.name: "", self.name + IS: ""}),
            operators=operators if current and self.is_negatable else (),
            options=[
                Option(text, address.with_values(**{self.name: value}), value == current)
                for value, text in self.choices
            ],
        )


def in_column(column: str) -> Callable[[str, str], Q]:
    """The condition of a text filter on one column, whatever the case."""

    def where(operator: str, text: str) -> Q:
        if operator == EMPTY:
            return Q(**{column: ""})
        lookup = "lower__startswith" if operator == STARTS else "lower"
        return Q(**{f"{column}__{lookup}": text.lower()})

    return where


@dataclass(frozen=True)
class TextFilter:
    """A text: *equals*, *starts with*, and where `has_empty` says so *none*.

    `where` takes the operator (empty for equals, `STARTS`, `EMPTY`) and the text.
    """

    name: str
    label: Text
    where: Callable[[str, str], Q]
    any_label: Text = ANY
    has_empty: bool = False
    suggestions: Sequence[str] = ()
    is_quick: bool = False

    @property
    def _operators(self) -> list[tuple[str, str]]:
        found = [("", _("equals")), (STARTS, _("starts with"))]
        return [*found, (EMPTY, _("none"))] if self.has_empty else found

    def read(self, query: Values) -> dict[str, str]:
        """What the address asks; an unknown operator means *equals*."""
        operator = query.get(self.name + IS, "")
        if operator == EMPTY and self.has_empty:
            return {self.name + IS: EMPTY}
        text = clean_text(query.get(self.name, ""))
        if not text:
            return {}
        return (
            {self.name: text, self.name + IS: STARTS} if operator == STARTS else {self.name: text}
        )

    def condition(self, values: Values) -> Q:
        """The rows whose text is this or begins so."""
        return self.where(values.get(self.name + IS, ""), values.get(self.name, ""))

    def pill(self, address: FilterAddress, values: Values, *, is_open: bool) -> Pill:
        """A form of operator and text."""
        text, operator = values.get(self.name, ""), values.get(self.name + IS, "")
        shown: Text = self.any_label
        if operator == EMPTY:
            shown = _("none")
        elif text:
            shown = f"{text}…" if operator == STARTS else text
        names = (self.name, self.name + IS)
        return Pill(
            name=self.name,
            label=self.label,
            value=shown,
            is_set=bool(values),
            is_open=is_open,
            remove_url=address.with_values(**dict.fromkeys(names, "")),
            inputs=[
                Input(self.name + IS, _("Operator"), operator, "select", self._operators),
                Input(self.name, self.label, text, suggestions=self.suggestions),
            ],
            state=address.state_without(names),
        )


@dataclass(frozen=True)
class DateFilter:
    """A range of whole days in UTC, both ends in; either may be left open."""

    name: str
    label: Text
    column: str
    any_label: Text = ANY
    is_quick: bool = False
    _ends: tuple[str, str] = field(default=("_from", "_to"), repr=False)

    @property
    def _names(self) -> tuple[str, str]:
        return self.name + self._ends[0], self.name + self._ends[1]

    def read(self, query: Values) -> dict[str, str]:
        """What the address asks; what is no date is left out."""
        return {name: query[name] for name in self._names if _day(query.get(name, ""))}

    def condition(self, values: Values) -> Q:
        """The rows of these days."""
        first, last = (_day(values.get(name, "")) for name in self._names)
        condition = Q()
        if first:
            condition &= Q(**{f"{self.column}__gte": _midnight(first)})
        if last and last < date.max:
            condition &= Q(**{f"{self.column}__lt": _midnight(last + timedelta(days=1))})
        return condition

    def pill(self, address: FilterAddress, values: Values, *, is_open: bool) -> Pill:
        """A form of two days."""
        first, last = (values.get(name, "") for name in self._names)
        shown: Text = self.any_label
        if first and last:
            shown = _("%(first)s to %(last)s") % {"first": first, "last": last}
        elif first or last:
            pattern = _("from %(day)s") if first else _("until %(day)s")
            shown = pattern % {"day": first or last}
        return Pill(
            name=self.name,
            label=self.label,
            value=shown,
            is_set=bool(values),
            is_open=is_open,
            remove_url=address.with_values(**dict.fromkeys(self._names, "")),
            inputs=[
                Input(self._names[0], _("From"), first, "date"),
                Input(self._names[1], _("To"), last, "date"),
            ],
            state=address.state_without(self._names),
        )


@dataclass(frozen=True)
class Shortcut:
    """A pill that stands for values of other filters, as *Show: Guest users only* (USR-6)."""

    label: Text
    choices: Sequence[tuple[Text, Values]]
    """Labels with the parameters they set; the first one stands for no parameters."""

    def pill(self, address: FilterAddress, values: Values) -> Pill:
        """A menu of the shortcuts."""
        chosen = {name for _label, choice in self.choices for name in choice}
        names = chosen | {name + IS for name in chosen}
        asked = {name: value for name, value in values.items() if name in names}
        current = next((n for n, c in enumerate(self.choices) if dict(c[1]) == asked), 0)
        unset = dict.fromkeys(names, "")
        return Pill(
            name="",
            label=self.label,
            value=self.choices[current][0],
            is_set=False,
            is_open=False,
            remove_url="",
            options=[
                Option(label, address.with_values(**{**unset, **choice}), n == current)
                for n, (label, choice) in enumerate(self.choices)
            ],
        )


def clean_text(text: str) -> str:
    """What was typed, without control characters (a NUL is refused by PostgreSQL)."""
    kept = "".join(c for c in text[:MAXIMUM_TEXT] if unicodedata.category(c) != "Cc")
    return unicodedata.normalize("NFC", kept).strip()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-24") else None
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
