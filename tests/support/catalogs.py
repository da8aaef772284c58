"""The catalogs of what guests read: collect, merge and compile (`make messages`).

Guest pages and the two mails speak every language of LANGUAGES; the console speaks English. So the
catalogs hold the strings of the modules and templates below and no others, and are complete.
Babel reads and writes them: neither the build nor the tests need gettext programs. The compiled
catalogs stand beside their sources, because a deployment has no Babel.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

TEMPLATES = ROOT / "templates"
LOCALE = ROOT / "locale"

FRAMES = ("console/guest.html", "console/panel.html", "console/static_error.html")
"""Templates that extend one of these are pages for guests."""
MORE_TEMPLATES = (
    "invitations/delivery/invitation.html",
    "invitations/delivery/invitation.txt",
    "identityproviders/passcodes/passcode.html",
    "identityproviders/passcodes/passcode.txt",
    "fluent/*.html",
    "fluent/layout/*.html",
)
MODULES = (
    "applications/my_apps/views.py",
    "identityproviders/accounts/passwords.py",
    "identityproviders/accounts/actions.py",
    "identityproviders/sign_in/actions.py",
    "identityproviders/passcodes/emails.py",
    "identityproviders/sign_in/forms.py",
    "identityproviders/sign_in/page_links.py",
    "identityproviders/sign_in/rate_limits.py",
    "identityproviders/providers/provider_config.py",
    "identityproviders/accounts/views.py",
    "identityproviders/passcodes/views.py",
    "identityproviders/round_trips/views.py",
    "identityproviders/sign_in/account_views.py",
    "identityproviders/sign_in/refusal_texts.py",
    "identityproviders/sign_in/responses.py",
    "identityproviders/sign_in/views.py",
    "identityproviders/passcodes/one_time_codes.py",
    "identityproviders/passcodes/passcode_limits.py",
    "invitations/my_account/actions.py",
    "invitations/redemption/actions.py",
    "invitations/user_flows/signing_up.py",
    "invitations/user_flows/forms.py",
    "invitations/delivery/emails.py",
    "invitations/blocking/views.py",
    "invitations/my_account/profile_views.py",
    "invitations/my_account/views.py",
    "invitations/redemption/consent_views.py",
    "invitations/redemption/opened_invitation.py",
    "invitations/redemption/views.py",
    "invitations/terms/guest_views.py",
    "invitations/user_flows/guest_views.py",
    "portal/values/email_address.py",
    "portal/values/image.py",
    "portal/errors.py",
    "portal/languages.py",
    "portal/security/headers.py",
    "portal/security/passwords.py",
)
"""Modules whose strings guests read: pages, their forms, the errors and reasons they show."""
SINGLE = {
    "identityproviders/round_trips/actions.py": ("This answer of an identity provider belongs",),
    "invitations/terms/actions.py": ("Open each document first",),
    "invitations/user_flows/actions.py": (
        "Display name",
        "First name",
        "Last name",
        "Job title",
        "Company name",
        "Street address",
        "ZIP or postal code",
        "City",
        "State or province",
        "Country or region",
        "Business phone",
    ),
    "portal/console/templatetags/console.py": ("Copy", "Mixed scripts"),
}
"""What guests read of modules that mostly speak to the console, by how it begins."""

FOR_THE_LOG = ("The response was not asked for", "The message was not asked for")
"""Sentences in those modules that only administrators read, in the log."""

KINDS_OF_MAIL = ("Invitation", "Verification code")
"""What the console calls the two mails."""

_KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_TAKES_IN = re.compile(r"""{%\s*(?:extends|include)\s+["']([^"']+)["']""")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
_COUNTS = frozenset({"%(count)d", "%(minutes)d", "%(minutes)s", "%(max_length)d"})
_TAG = re.compile(r"<[^>]+>")
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_PARENT = re.compile(r"""{%\s*extends\s+["']([^"']+)["']""")


def languages() -> list[str]:
    """The languages that need a catalog, as folder names of `locale`."""
    return [to_locale(code) for code, _name in settings.LANGUAGES if code != "en"]


def guest_templates() -> list[Path]:
    """Every template that a guest may see, with all that they extend and include."""
    pages = [
        path
        for path in sorted(TEMPLATES.rglob("*.html"))
        if (parent := _PARENT.search(path.read_text())) and parent.group(1) in FRAMES
    ]
    more = [path for pattern in MORE_TEMPLATES for path in sorted(TEMPLATES.glob(pattern))]
    found: set[Path] = set()
    waiting = [*pages, *more]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [TEMPLATES / name for name in _TAKES_IN.findall(path.read_text())]
    return sorted(found)


def collected() -> Catalog:
    """All strings that guests read, from the sources of today."""
    catalog = Catalog(project="Foyer", charset="utf-8", creation_date=_EPOCH)
    for pattern in MODULES:
        for path in sorted(ROOT.glob(pattern)):
            _add(catalog, path, path.read_bytes())
    for name, beginnings in SINGLE.items():
        _add(catalog, ROOT / name, (ROOT / name).read_bytes(), beginnings)
    for path in guest_templates():
        _add(catalog, path, _as_python(templatize(path.read_text())))
    return catalog


def _as_python(text: str) -> bytes:
    """What `templatize` makes of a template, without indentation that Python would refuse."""
    return re.sub(r"(?m)^[ \t]+", "", text).encode()


def _add(catalog: Catalog, path: Path, source: bytes, beginnings: tuple[str, ...] = ("",)) -> None:
    options = {"encoding": "utf-8"}
    for _line, message, _comments, context in extract(
        "python", BytesIO(source), _KEYWORDS, (), options
    ):
        first = message if isinstance(message, str) else message[0]
        for_others = first.startswith(FOR_THE_LOG) or first in KINDS_OF_MAIL
        if first.startswith(beginnings) and not for_others:
            place: Any = (str(path.relative_to(ROOT)), None)  # lines would change too often
            catalog.add(message, locations=[place], context=context)


def source_of(locale: str) -> Path:
    """The catalog of a language that translators edit."""
    return LOCALE / locale / "LC_MESSAGES" / "django.po"


def read(locale: str) -> Catalog:
    """The translations of a language; an empty catalog where there are none yet."""
    path = source_of(locale)
    if not path.exists():
        return Catalog(locale=locale, project="Foyer", creation_date=_EPOCH)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def compiled(catalog: Catalog) -> bytes:
    """The catalog as `gettext` reads it."""
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def problems(locale: str) -> list[str]:
    """What is wrong with the translations of a language; empty if they are whole."""
    catalog, wanted = read(locale), collected()
    found = []
    for message in wanted:
        if not message.id:
            continue
        translated = catalog.get(message.id, message.context)
        strings = _strings(translated) if translated else []
        if not strings or not all(strings) or (translated and translated.fuzzy):
            found.append(f"not translated: {message.id}")
        else:
            found += [
                f"other placeholders or tags: {text}"
                for text in strings
                if not _fits(message, text)
            ]
    known = {(message.id, message.context) for message in wanted}
    found += [
        f"not used: {message.id}"
        for message in catalog
        if (message.id, message.context) not in known
    ]
    return found


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _fits(message: Message, text: str) -> bool:
    """Whether a translation has the placeholders and tags of its source.

    A form for one, two or no things may say the number in words.
    """
    forms = [message.id] if isinstance(message.id, str) else list(message.id)
    for form in forms:
        missing = Counter(_PLACEHOLDER.findall(form))
        missing.subtract(_PLACEHOLDER.findall(text))
        may_drop = _COUNTS if len(forms) > 1 else frozenset()
        if all(count == 0 or name in may_drop for name, count in missing.items()):
            return Counter(_TAG.findall(form)) == Counter(_TAG.findall(text))
    return False


def update(locale: str) -> None:
    """Bring the catalog of a language up to date with the sources, and compile it."""
    catalog = read(locale)
    catalog.update(collected(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = _EPOCH
    catalog.fuzzy = False
    path = source_of(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=100, sort_output=True, include_previous=False)
    path.with_suffix(".mo").write_bytes(compiled(read(locale)))


if __name__ == "__main__":
    for name in languages():
        update(name)
        print(name, f"{len(problems(name))} problems")
