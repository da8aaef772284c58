"""Send a browser to an outside provider and match the answer that comes back (SEC-42 to SEC-50).

A round trip is bound to the browser that was sent: to its sign-in, or in a test run to the session
of the administrator. It lives ten minutes and is answered once.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import User
from identityproviders.models import (
    Federation,
    RoundTrip,
    SeenAssertion,
    SignInStep,
    SignInTransaction,
)
from identityproviders.oidc import facebook
from identityproviders.oidc.client import (
    Client,
    Request,
    authorization_url,
    code_of_failure,
    fetch_problem,
)
from identityproviders.oidc.discovery import BadProvider
from identityproviders.providers import our_urls, provider_config
from identityproviders.providers.provider_config import ProviderConfig
from identityproviders.providers.verification_report import (
    AnswerRefused,
    ProviderAnswer,
    VerificationReport,
)
from identityproviders.saml import requests
from identityproviders.sign_in.actions import SESSION_KEY
from portal import permissions
from portal.errors import DomainError
from portal.net.fetch import FetchFailed
from portal.permissions import Capability
from portal.tenants.models import Tenant

LIFETIME = timedelta(minutes=10)
HANDLE_LIFETIME = timedelta(seconds=60)
FLOW_EXPIRED = 50089
TEST_RUN_KEY = "trial"
MOST_CLAIMS = 100


@dataclass(frozen=True)
class Departure:
    """Where the browser goes: by a link, or with `fields` by a form it posts."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)


class UnknownRoundTrip(DomainError):
    """The answer belongs to nothing that this browser began, or came too late or twice."""

    status = 410
    message = gettext_lazy(
        "This answer of an identity provider belongs to no sign-in in this browser, or it took "
        "longer than 10 minutes. Start again."
    )

    def __init__(self) -> None:
        """Bring the code of T25 along."""
        super().__init__(code=FLOW_EXPIRED)


def start_for_sign_in(txn: SignInTransaction) -> tuple[ProviderConfig, Departure]:
    """Send the browser of `txn` to its provider: which one, and how it gets there.

    A passage that the same sign-in opened before is closed. Raises: ProviderGone, Refused.
    """
    found = provider_config.find_provider_config(txn.tenant, txn.provider_key)
    RoundTrip.objects.of(txn.tenant).filter(sign_in=txn, answered_at=None).delete()
    return found, _open(found, sign_in_txn=txn, hint=txn.address)


def start_test_run(request: HttpRequest, found: ProviderConfig, *, by: User) -> Departure:
    """Send an administrator to the provider to see what comes back; nothing else will happen.

    Raises: NotAllowed, Refused.
    """
    permissions.require(by, Capability.PROVIDERS_EDIT)
    return _open(found, tester=by, request=request)


def _open(
    found: ProviderConfig,
    *,
    sign_in_txn: SignInTransaction | None = None,
    tester: User | None = None,
    request: HttpRequest | None = None,
    hint: str = "",
) -> Departure:
    passage = RoundTrip(
        tenant=found.tenant,
        purpose=RoundTrip.Purpose.TRIAL if tester else RoundTrip.Purpose.SIGN_IN,
        sign_in=sign_in_txn,
        tester=tester,
        federation=found.federation,
        provider_key=found.key,
        expires_at=timezone.now() + LIFETIME,
    )
    departure = _prepare(passage, found, hint)
    passage.save(force_insert=True)
    if request is not None:
        request.session[TEST_RUN_KEY] = str(passage.pk)
    return departure


def _prepare(passage: RoundTrip, found: ProviderConfig, hint: str) -> Departure:
    """Give the passage what its answer must come with; the way to the provider."""
    if found.facebook is not None:
        return Departure(facebook.authorization_url(found.facebook, _request_of(passage)))
    if found.client is not None:
        return _prepare_openid(passage, found.client, hint)
    federation = found.federation
    if federation is None:
        raise provider_config.ProviderNotConfigured
    entity_id, consumer_url = (
        our_urls.entity_id(found.tenant),
        our_urls.reply_url(federation),
    )
    if federation.protocol == Federation.Protocol.WS_FED:
        passage.request_id = secrets.token_urlsafe(32)
        url = requests.wsfed_url(
            federation.endpoint,
            request_id=passage.request_id,
            entity_id=entity_id,
            consumer_url=consumer_url,
            now=timezone.now(),
        )
        return Departure(url)
    passage.request_id = requests.new_request_id()
    values = {
        "request_id": passage.request_id,
        "entity_id": entity_id,
        "consumer_url": consumer_url,
        "relay_state": str(passage.pk),
    }
    if federation.binding == Federation.Binding.POST:
        fields = requests.saml_form(federation.endpoint, **values)
        return Departure(federation.endpoint, fields)
    return Departure(requests.saml_url(federation.endpoint, **values))


def _request_of(passage: RoundTrip) -> Request:
    """A new request, whose answer the passage will know."""
    request = Request()
    passage.request_id = hash_of_state(request.state)
    passage.nonce = request.nonce
    passage.code_verifier = request.code_verifier
    return request


def _prepare_openid(passage: RoundTrip, client: Client, hint: str) -> Departure:
    request = _request_of(passage)
    is_fresh = passage.purpose == RoundTrip.Purpose.TRIAL
    try:
        url = authorization_url(client, request, login_hint=hint, is_fresh=is_fresh)
    except (BadProvider, FetchFailed) as error:
        raise AnswerRefused(fetch_problem(error), code=code_of_failure(error)) from error
    return Departure(url)


def find_round_trip(
    request_id: str, provider_key: str, tenant_id: uuid.UUID | None = None
) -> RoundTrip:
    """The open passage whose answer this is, at the address of its own provider (SEC-45).

    Raises: NoPassage.
    """
    if not request_id.isprintable():  # what PostgreSQL would refuse to look for
        raise UnknownRoundTrip
    rows: QuerySet[RoundTrip] = RoundTrip.unscoped.filter(
        request_id=request_id,
        provider_key=provider_key,
        answered_at=None,
        expires_at__gt=timezone.now(),
    )
    if tenant_id is not None:
        rows = rows.filter(tenant_id=tenant_id)
    found = rows.select_related("tenant", "sign_in__tenant", "tester__tenant").first()
    if found is None or not request_id or found.tenant.is_suspended:
        raise UnknownRoundTrip
    return found


def social_key(tenant: Tenant, state: str) -> str:
    """The key of the social provider that this state was given to: Facebook’s, else Google’s."""
    rows = RoundTrip.objects.of(tenant).filter(request_id=hash_of_state(state))
    is_facebook = rows.filter(provider_key=provider_config.FACEBOOK).exists()
    return provider_config.FACEBOOK if is_facebook else provider_config.GOOGLE


def require_same_browser(request: HttpRequest, passage: RoundTrip) -> None:
    """Pass if this browser is the one that was sent (SEC-42, SEC-50).

    Raises: NoPassage.
    """
    if passage.purpose == RoundTrip.Purpose.TRIAL:
        is_same = (
            request.session.get(TEST_RUN_KEY) == str(passage.pk)
            and request.user.is_authenticated
            and request.user.pk == passage.tester_id
        )
    else:
        is_same = (
            request.session.get(SESSION_KEY) == str(passage.sign_in_id)
            and passage.sign_in is not None
            and passage.sign_in.step == SignInStep.METHOD
            and passage.sign_in.provider_key == passage.provider_key
        )
    if not is_same:
        raise UnknownRoundTrip


def take_round_trip(passage: RoundTrip) -> None:
    """Let the passage be answered by this call alone.

    Raises: NoPassage for every other caller.
    """
    now = timezone.now()
    rows = RoundTrip.objects.of(passage.tenant).filter(
        pk=passage.pk, answered_at=None, expires_at__gt=now
    )
    if not rows.update(answered_at=now):
        raise UnknownRoundTrip
    passage.answered_at = now


def remember_assertion(
    passage: RoundTrip, answer: ProviderAnswer, report: VerificationReport
) -> None:
    """Note the assertion as used until it could not be used anyway (SEC-48).

    Raises: Refused when it was used before.
    """
    if not answer.assertion_id:
        return
    try:
        with transaction.atomic():
            SeenAssertion.objects.create(
                tenant=passage.tenant,
                provider_key=passage.provider_key,
                assertion_id=sha256(answer.assertion_id.encode()).hexdigest(),
                until=datetime.fromtimestamp(answer.used_until, UTC),
            )
    except IntegrityError as error:
        raise report.refuse(_("Replay"), _("This assertion was used before.")) from error
    report.check(True, _("Replay"), found=_("not used before"), problem="")


def note_outcome(
    passage: RoundTrip,
    report: VerificationReport,
    answer: ProviderAnswer | None,
    refusal: AnswerRefused | None,
) -> None:
    """Keep what came of the answer; of a sign-in only what it needs, of a trial everything."""
    is_trial = passage.purpose == RoundTrip.Purpose.TRIAL
    passage.result = {
        "code": refusal.code if refusal else 0,
        "answer": _kept(answer) if answer else None,
        "checks": [asdict(check) for check in report.checks] if is_trial else [],
        "claims": report.claims[:MOST_CLAIMS] if is_trial else [],
    }
    passage.problem = str(refusal)[:500] if refusal else ""
    passage.save(update_fields=["result", "problem"])


def hand_over_outcome(passage: RoundTrip) -> str:
    """A one-time handle under which the browser picks the outcome up within a minute (SEC-50)."""
    handle = secrets.token_urlsafe(32)
    passage.handle_hash = hash_of_state(handle)
    passage.handle_expires_at = timezone.now() + HANDLE_LIFETIME
    passage.save(update_fields=["handle_hash", "handle_expires_at"])
    return handle


def pick_up_outcome(request: HttpRequest, handle: str) -> RoundTrip:
    """The outcome behind a handle, for the browser that was sent, once.

    Raises: NoPassage.
    """
    rows: QuerySet[RoundTrip] = RoundTrip.unscoped.filter(
        handle_hash=hash_of_state(handle), handle_expires_at__gt=timezone.now()
    )
    found = rows.select_related("tenant", "sign_in__tenant", "sign_in__user__tenant").first()
    if found is None:
        raise UnknownRoundTrip
    require_same_browser(request, found)
    if not rows.filter(pk=found.pk).update(handle_hash="", handle_expires_at=None):
        raise UnknownRoundTrip
    return found


def stored_answer(passage: RoundTrip) -> ProviderAnswer | None:
    """The identity that the noted outcome proves; None for a refusal."""
    kept = (passage.result or {}).get("answer")
    if passage.problem or not kept:
        return None
    return ProviderAnswer(**{**kept, "addresses": frozenset(kept["addresses"])})


def hash_of_state(secret: str) -> str:
    """What is stored of a state or a handle."""
    return sha256(secret.encode()).hexdigest()


def _kept(answer: ProviderAnswer) -> dict[str, object]:
    kept = {**asdict(answer), "addresses": sorted(answer.addresses)}
    return {name: value for name, value in kept.items() if name not in _FOR_SIGN_OUT}


_FOR_SIGN_OUT = frozenset({"id_token", "end_session_endpoint"})
