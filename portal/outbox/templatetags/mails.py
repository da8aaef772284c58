"""Template filters of mails: addresses keep their direction in languages from right to left.

Mail programs know neither our style sheet nor our icons, so these are no tags of the console.
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi

register = template.Library()

_ISOLATE, _END = "\u2066", "\u2069"
"""LEFT-TO-RIGHT ISOLATE and POP DIRECTIONAL ISOLATE of Unicode."""


@register.filter
def left_to_right(text: str) -> SafeString:
    """An address, a domain or a number of the HTML part, whatever the language around it."""
    return format_html('<bdi dir="ltr">{}</bdi>', text)


@register.filter
def left_to_right_text(text: str) -> str:
    """The same for the plain text, where the language runs from right to left.

    Not for an address alone on its line: that needs no marks, and can be copied without them.
    """
    return f"{_ISOLATE}{text}{_END}" if get_language_bidi() else text
