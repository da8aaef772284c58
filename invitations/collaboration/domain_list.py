"""Parse the allow or deny list of domains, one a line (COL-10 to COL-12).

Pure: text in, names out.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from portal.errors import InvalidInput
from portal.values import email_address
from portal.values.email_address import InvalidEmailAddress

MAXIMUM_DOMAINS = 10_000
"""T21, BET-21."""
MAXIMUM_CHARACTERS = MAXIMUM_DOMAINS * 256
WILDCARD = "*."
_NAMED_ERRORS = 3


def parse_domain_list(text: str, field: str = "domains") -> frozenset[str]:
    """The domains in lower-case A-labels, each once; empty lines are skipped (COL-12).

    `*.example.com` stands for the sub-domains of example.com. Raises: InvalidInput at `field`,
    naming the lines that are wrong.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise InvalidInput(field, _too_many())
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    names: set[str] = set()
    wrong: list[str] = []
    for number, line in lines:
        if not line:
            continue
        try:
            names.add(_name(line))
        except InvalidEmailAddress:
            wrong.append(_("line %(number)s: %(text)s") % {"number": number, "text": line[:60]})
    if wrong:
        raise InvalidInput(field, _explain(wrong))
    if not names:
        raise InvalidInput(field, _("Enter at least one domain, such as example.com."))
    if len(names) > MAXIMUM_DOMAINS:
        raise InvalidInput(field, _too_many())
    return frozenset(names)


def domain_list_text(names: Iterable[str]) -> str:
    """The list as people read it, one domain a line, in its order."""
    return "\n".join(readable_domain(name) for name in sorted(names))


def readable_domain(name: str) -> str:
    """One entry with its non-ASCII labels decoded."""
    if name.startswith(WILDCARD):
        return WILDCARD + email_address.unicode_domain(name.removeprefix(WILDCARD))
    return email_address.unicode_domain(name)


def _name(line: str) -> str:
    """Raises: InvalidEmailAddress."""
    text = line.removeprefix("@").removesuffix(".")
    if text.startswith(WILDCARD):
        return WILDCARD + email_address.parse_domain(text.removeprefix(WILDCARD))
    return email_address.parse_domain(text)


def _explain(wrong: list[str]) -> str:
    named = "; ".join(wrong[:_NAMED_ERRORS])
    more = len(wrong) - _NAMED_ERRORS
    if more > 0:
        named += _("; and %(n)s more") % {"n": more}
    return _("These are no domains: %(lines)s. Enter one domain a line, such as example.com.") % {
        "lines": named
    }


def _too_many() -> str:
    return _("The list can have 10,000 domains at most.")
