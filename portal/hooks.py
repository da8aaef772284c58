"""Let an app take part in another one that may not import it.

The lower app declares a hook where it asks, and says what type of value it takes:

    MAIL_TYPES: Hook[MailType] = Hook("mail types")

The upper app registers its values in its `registrations.py`, when the apps are ready:

    MAIL_TYPES.register("invitation", emails.INVITATION)

A name stands once in a hook: the same name again replaces the value, so that registering
twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from django.http import HttpRequest

Value = TypeVar("Value")

WriteHtml = Callable[[HttpRequest, Any], str]
"""Takes the request and the object of the page. Gives HTML marked as safe, or an empty string;
other text is escaped where a template draws it."""

WriteCells = Callable[[HttpRequest, Sequence[Any]], Mapping[Any, str]]
"""Takes the rows of one page of a list. Gives safe HTML by primary key of the row."""


class Hook(Generic[Value]):
    """A named place where other apps register values."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._values: dict[str, tuple[int, Value]] = {}

    def register(self, name: str, value: Value, *, order: int = 100) -> None:
        """Add `value`, or replace the value of that name; a low `order` comes first."""
        self._values[name] = (order, value)

    def unregister(self, name: str) -> None:
        """Remove the value of that name.

        Raises: KeyError.
        """
        del self._values[name]

    def __iter__(self) -> Iterator[Value]:
        """Give the values by order, those of the same order by name."""
        ordered = sorted(self._values.items(), key=lambda item: (item[1][0], item[0]))
        return iter([value for _name, (_order, value) in ordered])

    def __getitem__(self, name: str) -> Value:
        """Give the value of that name.

        Raises: KeyError.
        """
        return self._values[name][1]

    def get(self, name: str) -> Value | None:
        """Give the value of that name, or None."""
        registered = self._values.get(name)
        return registered[1] if registered else None


class HtmlHook(Hook[WriteHtml]):
    """A place on a page where other apps write: `{% slot "user.tiles" user %}` in a template."""

    _by_name: ClassVar[dict[str, HtmlHook]] = {}

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._by_name[name] = self

    @classmethod
    def named(cls, name: str) -> HtmlHook:
        """Give the declared hook.

        Raises: KeyError.
        """
        return cls._by_name[name]

    def write(self, request: HttpRequest, subject: Any) -> list[str]:
        """Give what the apps write here about `subject`, without the empty parts."""
        parts = [write_html(request, subject) for write_html in self]
        return [html for html in parts if html]


class CellsHook(Hook[WriteCells]):
    """A column of a list that other apps fill.

    They are asked once a page and not once a row, so that the number of queries is fixed.
    """

    def write(self, request: HttpRequest, rows: Sequence[Any]) -> dict[Any, str]:
        """Give what the apps write, by primary key of the row."""
        cells: dict[Any, str] = {}
        for write_cells in self:
            cells |= write_cells(request, rows)
        return cells
