"""The e-mail address as a value, with one grammar for all who read one (SEC-84 to SEC-86)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import NewType

import idna
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError
from portal.values.text import hidden_character

MAXIMUM_ADDRESS = 254
MAXIMUM_LOCAL_PART = 64
MAXIMUM_DOMAIN = 253

_LOCAL_PART = re.compile(r"[A-Za-z0-9#$&'*+/=?^_{}~.-]+\Z")
_HOST_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z")
_ALL_DIGITS = re.compile(r"[0-9]+\Z")


TransportAddress = NewType("TransportAddress", str)
"""The only form that leaves: local part as typed, domain in A-labels."""
CanonicalAddress = NewType("CanonicalAddress", str)
"""The only form that is compared, searched and unique (SEC-85)."""


class InvalidEmailAddress(DomainError):
    """The text is no address we take; it is refused, never repaired (SEC-84)."""

    def __init__(self, reason: str | Promise) -> None:
        """Take the sentence to show at the field."""
        super().__init__(reason)
        self.reason = reason


_ONE_ADDRESS = _("Enter one e-mail address, such as name@example.com.")
_BARE_ADDRESS = _("Enter the e-mail address alone, without a name or brackets around it.")
_NO_SCHEME = _("Enter the e-mail address alone, without “mailto:” before it.")
_HIDDEN = _(
    "The address contains the hidden character %(character)s. Delete it, or type the address anew."
)
_LOCAL_CHARACTERS = _(
    "The part before the @ can have letters from A to Z, digits and some signs, but no spaces, "
    "quotation marks or accented letters."
)
_LOCAL_DOTS = _("The part before the @ can’t begin or end with a dot, or have two in a row.")
_LOCAL_HYPHEN = _("The part before the @ can’t begin with a hyphen.")
_LOCAL_LENGTH = _("The part before the @ can have 64 characters at most.")
_ENCODED = _("The part before the @ can’t contain an equals sign followed by a question mark.")
_ADDRESS_LENGTH = _("An e-mail address can have 254 characters at most.")
_DOMAIN_LENGTH = _("The domain after the @ is too long.")
_DOMAIN_SYNTAX = _("The domain after the @ can’t be used. Check its spelling.")
_DOMAIN_LABELS = _("Enter the whole domain after the @, such as example.com.")
_NO_ROUTES = _("Addresses with % or ! before the @ are not supported.")
_NO_NUMBERS = _("Enter a domain name after the @, not an IP address.")


@dataclass(frozen=True)
class EmailAddress:
    """An address that follows the grammar.

    `as_typed` is what the inviter wrote; a domain with non-ASCII letters is kept in its composed,
    lower-case form. Mail is sent to `ascii`; `canonical` is what is compared and unique in a
    tenant (SEC-85). `domain` is in lower-case A-labels.
    """

    as_typed: str
    local: str
    domain: str

    @property
    def canonical(self) -> CanonicalAddress:
        """ASCII lower case, domain in A-labels; no folding of dots or plus tags."""
        return CanonicalAddress(f"{self.local.lower()}@{self.domain}")

    @property
    def ascii(self) -> TransportAddress:
        """The address for an SMTP envelope: local part as typed, domain in A-labels."""
        return TransportAddress(f"{self.local}@{self.domain}" if self.domain else self.local)

    @property
    def unicode_domain(self) -> str:
        """The domain as people read it."""
        return unicode_domain(self.domain)

    @property
    def display(self) -> str:
        """The address, in both forms where the domain has non-ASCII labels (SEC-86)."""
        if self.unicode_domain == self.domain:
            return self.ascii
        return f"{self.local}@{self.unicode_domain} ({self.ascii})"

    @property
    def written(self) -> str:
        """The address as people write it, for a mail or a line with room for one form.

        A domain that mixes scripts could be taken for another one; its A-labels stand beside it.
        """
        if self.unicode_domain == self.domain or self.has_mixed_scripts:
            return self.display
        return f"{self.local}@{self.unicode_domain}"

    @property
    def has_mixed_scripts(self) -> bool:
        """Whether a label of the domain mixes scripts, as forged names do."""
        return is_mixed_script(self.domain)

    @property
    def masked(self) -> EmailAddress:
        """The address for people who have not proven that it is theirs (RED-1, OTP-4)."""
        local = f"{self.local[:1]}***"
        return EmailAddress(f"{local}@{self.domain}", local, self.domain)

    def __str__(self) -> str:
        return self.ascii


def parse_email_address(
    text: str, *, domain_of: Callable[[str], str] | None = None
) -> EmailAddress:
    """The address that `text` is; blanks around it are ignored.

    `domain_of` stands in for `parse_domain` where many addresses share few domains.
    Raises: InvalidEmailAddress with the sentence to show (SEC-84).
    """
    text = text.strip(" ")
    if character := hidden_character(text):
        raise InvalidEmailAddress(_HIDDEN % {"character": character})
    if text.lower().startswith("mailto:"):
        raise InvalidEmailAddress(_NO_SCHEME)
    if not text or text.count("@") != 1:
        raise InvalidEmailAddress(_BARE_ADDRESS if "<" in text or '"' in text else _ONE_ADDRESS)
    if "<" in text or ">" in text or '"' in text:
        raise InvalidEmailAddress(_BARE_ADDRESS)
    local, _at, domain_text = text.partition("@")
    _check_local_part(local)
    domain = (domain_of or parse_domain)(domain_text)
    if len(local) + 1 + len(domain) > MAXIMUM_ADDRESS:
        raise InvalidEmailAddress(_ADDRESS_LENGTH)
    typed_domain = domain_text if domain_text.isascii() else unicode_domain(domain)
    return EmailAddress(as_typed=f"{local}@{typed_domain}", local=local, domain=domain)


def stored_address(text: str) -> EmailAddress:
    """The address that a row holds. A text that is none, as of an older import, stays as it is."""
    try:
        return parse_email_address(text)
    except InvalidEmailAddress:
        local, at, domain = text.rpartition("@")
        return EmailAddress(text, local, domain) if at else EmailAddress(text, text, "")


def written_domain(domain: str) -> str:
    """The domain as people write it, with its A-labels beside it where it mixes scripts."""
    readable = unicode_domain(domain)
    return f"{readable} ({domain})" if is_mixed_script(domain) else readable


def canonical_address(text: str) -> CanonicalAddress:
    """The canonical form of the address that `text` is (SEC-85).

    Raises: InvalidEmailAddress.
    """
    return parse_email_address(text).canonical


def parse_domain(text: str) -> str:
    """The domain `text` in lower-case A-labels: IDNA 2008, UTS 46 non-transitional.

    Two labels or more, 253 octets. Raises: InvalidEmailAddress.
    """
    if text.startswith("[") or text.endswith("]"):
        raise InvalidEmailAddress(_NO_NUMBERS)
    if len(text) > MAXIMUM_DOMAIN:
        raise InvalidEmailAddress(_DOMAIN_LENGTH)
    domain = to_a_labels(text)
    labels = domain.split(".")
    if len(labels) < 2:
        raise InvalidEmailAddress(_DOMAIN_LABELS)
    if _ALL_DIGITS.match(labels[-1]):
        raise InvalidEmailAddress(_NO_NUMBERS)
    if len(domain) > MAXIMUM_DOMAIN:
        raise InvalidEmailAddress(_DOMAIN_LENGTH)
    return domain


def to_a_labels(text: str) -> str:
    """The host name `text` in lower-case A-labels, one label or more.

    Raises: InvalidEmailAddress.
    """
    if any(ord(c) < 0x21 or 0x7F <= ord(c) < 0xA0 for c in text):
        raise InvalidEmailAddress(_DOMAIN_SYNTAX)
    try:
        encoded = idna.encode(text, uts46=True, std3_rules=True, transitional=False)
    except (idna.IDNAError, UnicodeError) as error:
        raise InvalidEmailAddress(_DOMAIN_SYNTAX) from error
    domain = encoded.decode("ascii").lower()
    if not all(len(label) < 64 and _HOST_LABEL.match(label) for label in domain.split(".")):
        raise InvalidEmailAddress(_DOMAIN_SYNTAX)
    return domain


def unicode_domain(domain: str) -> str:
    """The domain with its A-labels decoded; the domain itself where that fails."""
    try:
        return idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain


def is_mixed_script(domain: str) -> bool:
    """Whether a label of `domain` has letters of more than one script (SEC-86).

    Japanese and Korean labels mix scripts by nature; those mixtures count as one.
    """
    return any(_is_mixed(label) for label in unicode_domain(domain).split("."))


def mask_address(address: str) -> str:
    """`j***@example.com` for `jane@example.com`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else "***"


def _check_local_part(local: str) -> None:
    if "%" in local or "!" in local:
        raise InvalidEmailAddress(_NO_ROUTES)
    if not _LOCAL_PART.match(local):
        raise InvalidEmailAddress(_LOCAL_CHARACTERS if local else _ONE_ADDRESS)
    if len(local) > MAXIMUM_LOCAL_PART:
        raise InvalidEmailAddress(_LOCAL_LENGTH)
    if local.startswith("."):
        raise InvalidEmailAddress(_LOCAL_DOTS)
    if local.endswith(".") or ".." in local:
        raise InvalidEmailAddress(_LOCAL_DOTS)
    if local.startswith("-"):
        raise InvalidEmailAddress(_LOCAL_HYPHEN)
    if "=?" in local:
        raise InvalidEmailAddress(_ENCODED)


_USUAL_MIXTURES = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "LATIN"}),
    frozenset({"CJK", "HANGUL", "LATIN"}),
    frozenset({"CJK", "BOPOMOFO", "LATIN"}),
)
"""The mixtures UTS 39 calls highly restrictive: they occur in honest names."""


def _is_mixed(label: str) -> bool:
    scripts = {_script(c) for c in label if unicodedata.category(c)[0] == "L"}
    return len(scripts) > 1 and not any(scripts <= usual for usual in _USUAL_MIXTURES)


def _script(letter: str) -> str:
    """The first word of the character's name, which is its script for letters."""
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]
