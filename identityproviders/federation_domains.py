"""Which domains a provider may serve, and how the partner proves them (IDP-11, IDP-12, SEC-39)."""

from __future__ import annotations

import enum
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from identityproviders import public_domains
from identityproviders.models import Federation, FederationDomain
from portal import addresses, dns_records
from portal.addresses import BadAddress
from portal.dns_records import DnsFailed
from portal.errors import InvalidInput
from portal.tenants.models import Tenant

logger = structlog.get_logger(__name__)

MAXIMUM_DOMAINS = 500
RECORD = "DirectFedAuthUrl="


class Proof(enum.StrEnum):
    """What showed that the partner's domain and the endpoint belong together."""

    ENDPOINT = "endpoint"
    DNS = "dns"
    OPERATOR = "operator"


class ProofMissing(InvalidInput):
    """The text record that must stand in the domain does not; it is named (IDP-12)."""

    def __init__(self, domain: str, record: str, message: object) -> None:
        """Take the domain, the value of the record, and the sentence."""
        super().__init__("domain", str(message))
        self.domain = domain
        self.record = record


def usable(tenant: Tenant, text: str, federation: Federation | None = None) -> str:
    """The domain `text` in canonical form, if a provider of `tenant` may have it (IDP-11).

    `federation` is the one that asks, where it exists already.
    Raises: InvalidInput at `domain`.
    """
    try:
        domain = addresses.parse_domain(text.strip().removeprefix("@"))
    except BadAddress as error:
        raise InvalidInput(
            "domain", _("Enter one domain name, such as fabrikam.com. Check its spelling.")
        ) from error
    if public_domains.is_public(domain):
        raise InvalidInput(
            "domain",
            _("%(domain)s is a public mail domain: its people belong to nobody’s provider.")
            % {"domain": domain},
        )
    if tenant.domains.filter(name=domain, is_verified=True).exists():
        raise InvalidInput(
            "domain",
            _("%(domain)s is a verified domain of your own organization.") % {"domain": domain},
        )
    row = FederationDomain.objects.of(tenant).filter(name=domain).select_related("federation")
    taken = row.first()
    if taken is not None:
        raise InvalidInput("domain", _taken(taken, federation))
    return domain


def required_record(domain: str, endpoint: str) -> str:
    """The text record that proves `domain` for `endpoint`; empty where none is needed (IDP-12)."""
    host = (urlsplit(endpoint).hostname or "").lower()
    if host == domain or host.endswith(f".{domain}"):
        return ""
    return f"{RECORD}{endpoint}"


def prove(domain: str, endpoint: str) -> Proof:
    """What shows that the owner of `domain` wants its people to sign in at `endpoint`.

    Asks the domain's name servers where the endpoint is somebody else's; call it outside a
    transaction. Raises: ProofMissing naming the record to publish.
    """
    record = required_record(domain, endpoint)
    if not record:
        return Proof.ENDPOINT
    if not settings.PORTAL_FEDERATION_DNS_PROOF:
        return Proof.OPERATOR
    try:
        texts = dns_records.text_records(domain)
    except DnsFailed as error:
        logger.warning("federation_proof_failed", domain=domain, reason="dns_failed")
        raise ProofMissing(
            domain,
            record,
            _("The name servers of %(domain)s gave no answer, so its proof could not be checked.")
            % {"domain": domain},
        ) from error
    if record not in {text.strip() for text in texts}:
        logger.warning("federation_proof_failed", domain=domain, reason="record_missing")
        raise ProofMissing(
            domain,
            record,
            _(
                "The endpoint is not within %(domain)s, so the partner must publish a TXT record "
                "there: %(record)s"
            )
            % {"domain": domain, "record": record},
        )
    return Proof.DNS


def _taken(taken: FederationDomain, federation: Federation | None) -> str:
    if federation is not None and taken.federation_id == federation.pk:
        return str(_("This provider serves %(domain)s already.")) % {"domain": taken.name}
    return str(_("%(provider)s serves %(domain)s already.")) % {
        "provider": taken.federation.display_name,
        "domain": taken.name,
    }
