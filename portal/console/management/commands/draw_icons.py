"""Write the icon sprite from an unpacked package `@fluentui/svg-icons`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.console.icons import LARGE, REGULAR, SMALL, symbol_id

SPRITE = Path("static/icons/sprite.svg")
_DRAWING = re.compile(r'<svg[^>]*viewBox="(?P<box>[^"]+)"[^>]*>(?P<paths>.*)</svg>', re.DOTALL)


class Command(BaseCommand):
    """For developers: run it after adding a name to `portal/console/icons.py`."""

    help = "Write static/icons/sprite.svg from the icons folder of @fluentui/svg-icons."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder with the drawings."""
        parser.add_argument("icons", type=Path, help="the folder icons/ of the unpacked package")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write every symbol that the pages use."""
        folder: Path = options["icons"]
        symbols = [
            *(self._symbol(folder, symbol_id(name), [f"{name}_20_regular"]) for name in REGULAR),
            *(self._symbol(folder, symbol_id(name, 16), [f"{name}_16_regular"]) for name in SMALL),
            *(self._symbol(folder, symbol_id(name, 32), _large(name)) for name in LARGE),
        ]
        SPRITE.write_text(
            '<svg xmlns="http://www.w3.org/2000/svg">\n'
            "<!-- Fluent System Icons, MIT licence: see LICENSE beside this file. -->\n"
            + "\n".join(symbols)
            + "\n</svg>\n"
        )
        self.stdout.write(f"{len(symbols)} icons in {SPRITE}")

    def _symbol(self, folder: Path, identifier: str, names: list[str]) -> str:
        for name in names:
            file = folder / f"{name}.svg"
            if file.exists() and (drawing := _DRAWING.search(file.read_text())):
                box, paths = drawing.group("box", "paths")
                return f'<symbol id="{identifier}" viewBox="{box}">{paths}</symbol>'
        raise CommandError(f"{folder} has no drawing for {identifier}")


def _large(name: str) -> list[str]:
    return [f"{name}_{size}_filled" for size in (32, 24, 20)]
