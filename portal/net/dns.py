"""Read TXT records, which prove that an organization owns a domain (IDP-12, DIR-4)."""

from __future__ import annotations

import dns.exception
import dns.nameserver
import dns.resolver
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError

TRY_SECONDS = 3.0
TOTAL_SECONDS = 5.0
PORT = 53


class DnsFailed(DomainError):
    """No name server gave an answer; that a name has no text record is an answer."""

    status = 502
    message = _("The domain’s name servers gave no answer. Try again later.")


def text_records(name: str) -> list[str]:
    """The TXT records of `name`, each as one text; none if there is no such name.

    Asks `PORTAL_DNS_SERVERS` or, where that is empty, the machine's name servers.

    Raises: DnsFailed.
    """
    try:
        answer = _resolver().resolve(
            name, "TXT", search=False, lifetime=TOTAL_SECONDS, raise_on_no_answer=False
        )
    except dns.resolver.NXDOMAIN:
        return []
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise DnsFailed from error
    rows = answer.rrset or ()
    return [b"".join(row.strings).decode("utf-8", "replace") for row in rows]


def _resolver() -> dns.resolver.Resolver:
    servers = settings.PORTAL_DNS_SERVERS
    resolver = dns.resolver.Resolver(configure=not servers)
    resolver.timeout = TRY_SECONDS
    if servers:
        resolver.nameservers = [_server(text) for text in servers]
    return resolver


def _server(text: str) -> dns.nameserver.Do53Nameserver:
    host, _colon, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    return dns.nameserver.Do53Nameserver(host or text, int(port or PORT))
