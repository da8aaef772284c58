"""Template tags of the console: icons, people, times, names, hooks, field widgets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    PasswordInput,
    RadioSelect,
)
from django.forms.boundfield import BoundWidget
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.console import icons
from portal.console.forms import GuestForm
from portal.console.grid import GridPage
from portal.console.toasts import KINDS, links_in
from portal.hooks import HtmlHook
from portal.languages import written_wait
from portal.values.email_address import EmailAddress
from portal.values.text import render_markup

register = template.Library()

_SIZE_CLASSES = {16: " s", 20: "", 32: " l"}
_AVATAR_PIXELS = {"": 28, "l": 40, "xl": 120}


@register.filter
def small_markup(text: str) -> SafeString:
    """The text of a sign-in page with its few marks (T1, SEC-92)."""
    return render_markup(text)


@register.simple_tag
def icon(name: str, size: int = 20, extra: str = "") -> SafeString:
    """An icon of the sprite, hidden from screen readers: `{% icon "people" 32 %}`.

    Takes 16, 20 or 32 pixels and further classes. Raises: LookupError for an unknown icon.
    """
    classes = "icon" + _SIZE_CLASSES[size]
    if name in icons.DIRECTIONAL:
        classes += " flip"
    if extra:
        classes += f" {extra}"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        classes,
        static("icons/sprite.svg"),
        icons.symbol_id(name, size),
    )


@register.simple_tag
def avatar(person: Any, size: str = "") -> SafeString:
    """The photo of a person, or their initials in the color of their object id.

    `size` is empty, `l` or `xl`. Only the photo’s version is read here, never its bytes.
    """
    if person.photo_version and person.deleted_at is None:
        pixels = _AVATAR_PIXELS[size]
        return format_html(
            '<img class="avatar{}" src="{}?v={}" width="{}" height="{}" alt="">',
            f" {size}" if size else "",
            reverse("guests:user_photo", args=[person.pk]),
            person.photo_version,
            pixels,
            pixels,
        )
    return format_html(
        '<span class="avatar{}" data-hue="{}" aria-hidden="true">{}</span>',
        f" {size}" if size else "",
        person.pk.int % 6 + 1,
        initials(person.display_name),
    )


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word of a name, in capitals."""
    words = [word for word in str(name).split() if word[0].isalnum()] or str(name).split()
    if not words:
        return ""
    return "".join(word[0] for word in dict.fromkeys([words[0], words[-1]])).upper()


_LOCAL_FORMATS = {
    "list": "DATE_FORMAT",
    "time": "TIME_FORMAT",
    "detail": "DATETIME_FORMAT",
    "log": "DATETIME_FORMAT",
}
_FORMATS = {
    "list": "M j, Y",
    "time": "g:i A",
    "detail": "M j, Y, g:i A",
    "log": "M j, Y, g:i:s A",
}


@register.simple_tag
def when(value: datetime | None, style: str = "detail") -> SafeString:
    """A moment as `<time>`: UTC as text, shown in the viewer's zone where script runs.

    Takes `list` (the day), `time` (without the day), `detail` (to the minute) or `log` (to the
    second).
    """
    if value is None:
        return format_html('<span class="muted">{}</span>', "–")
    moment = value.astimezone(UTC)
    is_english = (get_language() or "en").startswith("en")
    text = formats.date_format(moment, (_FORMATS if is_english else _LOCAL_FORMATS)[style])
    return format_html(
        '<time datetime="{}" data-when="{}">{}</time>',
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        style,
        text if style == "list" else f"{text} UTC",
    )


@register.filter
def wait_in_words(seconds: int) -> str:
    """How long to wait in words; a script counts it down as a clock (BET-5)."""
    return written_wait(seconds)


@register.simple_tag
def address(value: EmailAddress | None) -> SafeString:
    """An e-mail address wherever one stands: kept from left to right, in both forms (SEC-86).

    A domain with other than ASCII letters is followed by its A-labels, one that mixes scripts is
    marked. Takes the value, never a text, so that no other form of an address gets here.
    """
    if value is None:
        return format_html('<span class="muted">{}</span>', "–")
    if not isinstance(value, EmailAddress):
        raise TypeError(f"not an e-mail address: {type(value).__name__}")
    at = "@" if value.domain else ""
    written = format_html('<bdi dir="ltr">{}{}{}</bdi>', value.local, at, value.unicode_domain)
    if value.unicode_domain == value.domain:
        return written
    other = format_html('<bdi dir="ltr">({})</bdi>', value.ascii)
    flag = badge("warn", _("Mixed scripts")) if value.has_mixed_scripts else ""
    return format_html('<span class="both-forms">{} {} {}</span>', written, other, flag)


@register.simple_tag
def upn(value: str) -> SafeString:
    """A user principal name, kept in its direction, that may break before `#EXT#`."""
    head, mark, tail = str(value).rpartition("#EXT#")
    if not mark:
        return format_html("<bdi>{}</bdi>", value)
    return format_html("<bdi>{}<wbr>#EXT#{}</bdi>", head, tail)


@register.filter
def upn_in_middle(value: str) -> SafeString:
    """A user principal name that gives way in its middle, so that both ends show (USR-2)."""
    name, at, domain = str(value).rpartition("@")
    if not at:
        return format_html("<bdi>{}</bdi>", value)
    return format_html(
        '<bdi class="mid" title="{}"><span>{}</span><span><bdi>@{}</bdi></span></bdi>',
        value,
        name,
        domain,
    )


@register.simple_tag
def badge(kind: str, text: Any) -> SafeString:
    """A state in words with its color: `ok`, `warn`, `bad` or `off`."""
    return format_html('<span class="badge {}">{}</span>', kind, text)


@register.simple_tag
def copy_button(value: Any, label: Any = "") -> SafeString:
    """A button that copies `value`; it stays hidden without script."""
    return format_html(
        '<button class="close copy" type="button" data-copy="{}" aria-label="{}" title="{}" hidden>'
        "{}</button>",
        value,
        label or _("Copy"),
        label or _("Copy"),
        icon("copy", 16),
    )


@register.simple_tag(takes_context=True)
def slot(context: Context, name: str, subject: Any = None) -> SafeString:
    """What the apps above write here."""
    request: HttpRequest = context["request"]
    return format_html_join(
        "\n", "{}", ((part,) for part in HtmlHook.named(name).write(request, subject))
    )


@register.simple_tag
def cell(page: GridPage, name: str, row: Any) -> str:
    """What the apps above write about one row of a list, or nothing."""
    return page.cells.get(name, {}).get(row.pk, "")


@register.filter
def message_kind(level_tag: str) -> str:
    """The class of a notification for a level of Django's messages."""
    return KINDS.get(level_tag, "")


@register.simple_tag
def kind_icon(kind: str) -> SafeString:
    """The icon of a message bar or notification of this kind."""
    names = {"ok": "checkmark_circle", "warn": "warning", "bad": "error_circle"}
    return icon(names.get(kind, "info"))


@register.filter
def first_line(text: Any) -> str:
    """The title of a notification."""
    return str(text).partition("\n")[0]


@register.filter
def other_lines(text: Any) -> str:
    """What a notification says under its title."""
    return str(text).partition("\n")[2]


@register.filter
def toast_links(message: Any) -> list[tuple[str, str]]:
    """Labels and addresses of the links of a notification."""
    return links_in(message.extra_tags or "")


@register.filter
def widget_kind(field: BoundField) -> str:
    """How the template pack draws a field: `own`, `switch`, `tick`, `choices`, `password`, `input`.

    A field of an app draws itself with the template it names as `pack_template`.
    """
    if hasattr(field.field, "pack_template"):
        return "own"
    widget = field.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "yesno" if widget.attrs.get("data-yesno") else "choices"
    if isinstance(widget, CheckboxInput):
        return "switch" if widget.attrs.get("role") == "switch" else "tick"
    return "password" if isinstance(widget, PasswordInput) else "input"


@register.simple_tag
def field_input(field: BoundField) -> SafeString:
    """The control of a field, tied to its hint and its error."""
    attributes: dict[str, Any] = {}
    if widget_kind(field) in {"input", "password"}:
        own = field.field.widget.attrs.get("class", "")
        attributes["class"] = f"input {own}".strip()
    described = [field.field.widget.attrs.get("aria-describedby", "")]
    if _has_focus(field):
        attributes["autofocus"] = True
        described.append(cast(GuestForm, field.form).lead)
    if field.help_text:
        described.append(f"{field.auto_id}_helptext")
    if field.errors:
        described.append(f"{field.auto_id}_error")
    if any(described):
        attributes["aria-describedby"] = " ".join(filter(None, described))
    return field.as_widget(attrs=attributes)


@register.simple_tag
def option_input(field: BoundField, option: BoundWidget) -> SafeString:
    """One radio button or check box of a field; the first takes the focus of the field."""
    if _has_focus(field) and option.data["index"] == "0":
        option.data["attrs"]["autofocus"] = True
    return option.tag()


def _has_focus(field: BoundField) -> bool:
    return isinstance(field.form, GuestForm) and field.form.focused_field == field.name
