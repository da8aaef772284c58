"""Which domains a provider may serve, and their DNS proof (IDP-11, IDP-12, SEC-39)."""

from __future__ import annotations

import enum
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from identityproviders.models import Federation, FederationDomain
from portal.errors import InvalidInput
from portal.net import dns
from portal.net.dns import DnsFailed
from portal.tenants.models import Tenant
from portal.values import email_address
from portal.values.email_address import InvalidEmailAddress


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


PUBLIC_MAIL_DOMAINS = _names(
    """
    126.com 139.com 163.com aim.com alice.it aol.com arcor.de bigpond.com bk.ru bluewin.ch
    bol.com.br btinternet.com centrum.cz comcast.net cox.net daum.net docomo.ne.jp fastmail.com
    free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net
    hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com
    icloud.com inbox.lv inbox.ru interia.pl laposte.net libero.it list.ru live.co.uk live.com
    live.fr live.nl mac.com mail.com mail.ru mailbox.org me.com msn.com naver.com o2.pl onet.pl
    orange.fr outlook.com outlook.de outlook.fr pm.me posteo.de proton.me protonmail.com qq.com
    rambler.ru rediffmail.com rocketmail.com sbcglobal.net seznam.cz sfr.fr sina.com sky.com
    t-online.de terra.com.br tiscali.it tuta.com tutanota.com tutanota.de ukr.net uol.com.br
    verizon.net virgilio.it virginmedia.com wanadoo.fr web.de wp.pl yahoo.co.in yahoo.co.jp
    yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru
    yeah.net ymail.com zoho.com
    """
)


def is_public_mail_domain(domain: str) -> bool:
    """Whether a domain, in lower-case A-labels, or one it is within, is a public mail domain."""
    labels = domain.split(".")
    return any(".".join(labels[start:]) in PUBLIC_MAIL_DOMAINS for start in range(len(labels)))


logger = structlog.get_logger(__name__)

MAXIMUM_DOMAINS = 500
RECORD = "DirectFedAuthUrl="


class DomainProof(enum.StrEnum):
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


def usable_domain(tenant: Tenant, text: str, federation: Federation | None = None) -> str:
    """The domain `text` in canonical form, if a provider of `tenant` may have it (IDP-11).

    `federation` is the one that asks, where it exists already.
    Raises: InvalidInput at `domain`.
    """
    try:
        domain = email_address.parse_domain(text.strip().removeprefix("@"))
    except InvalidEmailAddress as error:
        raise InvalidInput(
            "domain", _("Enter one domain name, such as fabrikam.com. Check its spelling.")
        ) from error
    if is_public_mail_domain(domain):
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


def prove_domain(domain: str, endpoint: str) -> DomainProof:
    """What shows that the owner of `domain` wants its people to sign in at `endpoint`.

    Asks the domain's name servers where the endpoint is somebody else's; call it outside a
    transaction. Raises: ProofMissing naming the record to publish.
    """
    record = required_record(domain, endpoint)
    if not record:
        return DomainProof.ENDPOINT
    if not settings.PORTAL_FEDERATION_DNS_PROOF:
        return DomainProof.OPERATOR
    try:
        texts = dns.text_records(domain)
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
    return DomainProof.DNS


def _taken(taken: FederationDomain, federation: Federation | None) -> str:
    if federation is not None and taken.federation_id == federation.pk:
        return str(_("This provider serves %(domain)s already.")) % {"domain": taken.name}
    return str(_("%(provider)s serves %(domain)s already.")) % {
        "provider": taken.federation.display_name,
        "domain": taken.name,
    }
