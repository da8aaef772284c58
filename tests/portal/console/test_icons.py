"""The sprite holds what the templates draw, and nothing draws what it lacks."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from portal.console import icons

SPRITE = (settings.BASE_DIR / "static/icons/sprite.svg").read_text()
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
USE = re.compile(r'{%\s*icon "(?P<name>[a-z_]+)"(?: (?P<size>\d+))?')


def test_sprite_has_every_listed_icon_once() -> None:
    drawn = re.findall(r'<symbol id="([^"]+)"', SPRITE)

    listed = [
        *(icons.symbol_id(name) for name in icons.REGULAR),
        *(icons.symbol_id(name, 16) for name in icons.SMALL),
        *(icons.symbol_id(name, 32) for name in icons.LARGE),
    ]
    assert sorted(drawn) == sorted(listed)


def test_licence_of_the_icons_lies_beside_them() -> None:
    assert "MIT License" in (settings.BASE_DIR / "static/icons/LICENSE").read_text()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_draw_icons_that_exist(template: object) -> None:
    for match in USE.finditer(template.read_text()):  # type: ignore[attr-defined]
        assert icons.symbol_id(match["name"], int(match["size"] or 20))


def test_unknown_icon_is_an_error() -> None:
    with pytest.raises(LookupError, match="no icon unicorn"):
        icons.symbol_id("unicorn")
