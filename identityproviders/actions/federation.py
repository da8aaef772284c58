"""What a provider's answer does: prove a sign-in or refuse it, or fill the page of a trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from identityproviders import outside
from identityproviders.actions import passages, proofs, sign_in
from identityproviders.actions.proofs import Proof
from identityproviders.answers import Answer, Refused, Report
from identityproviders.models import Passage, SignInTransaction
from identityproviders.oidc import client as openid
from identityproviders.oidc import facebook
from identityproviders.outside import ProviderGone
from identityproviders.saml import response, wsfed
from identityproviders.saml.conditions import INVALID_TOKEN
from identityproviders.saml.documents import Element
from portal.addresses import canonical


@sensitive_variables()
def read_openid(passage: Passage, parameters: Mapping[str, str]) -> None:
    """Take the parameters of a callback, ask for the token, note the outcome.

    Raises: NoPassage for every caller but the first.
    """
    passages.take(passage)
    report = Report(openid.INVALID_TOKEN)
    is_trial = passage.purpose == Passage.Purpose.TRIAL

    def read() -> Answer:
        found = outside.find(passage.tenant, passage.provider_key)
        if found.facebook is not None:
            return facebook.read(found.facebook, parameters, passage.code_verifier, report)
        if found.client is None:
            raise ProviderGone
        return openid.read(
            found.client,
            parameters,
            passage.nonce,
            passage.code_verifier,
            report,
            is_fresh=is_trial,
        )

    _note(passage, report, read)


def read_saml(passage: Passage, root: Element) -> None:
    """Verify a SAML response and note the outcome.

    Raises: NoPassage for every caller but the first.
    """
    passages.take(passage)
    report = Report(INVALID_TOKEN)

    def read() -> Answer:
        found = outside.find(passage.tenant, passage.provider_key)
        expected = outside.expected(found, passage.request_id, timezone.now())
        return response.read(root, expected, report)

    _note(passage, report, read)


def read_wsfed(passage: Passage, wresult: str) -> None:
    """Verify a WS-Federation token and note the outcome.

    Raises: NoPassage for every caller but the first.
    """
    passages.take(passage)
    report = Report(wsfed.RESPONSE_INVALID)

    def read() -> Answer:
        found = outside.find(passage.tenant, passage.provider_key)
        expected = outside.expected(found, passage.request_id, timezone.now())
        return wsfed.read(wresult, expected, report)

    _note(passage, report, read)


def go_on(passage: Passage) -> SignInTransaction:
    """Go on with the sign-in that a noted outcome belongs to: proven, or refused with its reason.

    Raises: SignInOver.
    """
    txn = passage.sign_in
    if txn is None:
        raise sign_in.SignInOver
    answer = passages.answer_of(passage)
    if answer is None:
        code = int((passage.result or {}).get("code") or INVALID_TOKEN)
        sign_in.refuse(txn, code, remark=passage.problem)
        return txn
    proofs.authenticated(txn, proof_of(answer))
    return txn


def proof_of(answer: Answer) -> Proof:
    """The identity for T5, with the addresses it proves and those it only names (SEC-35)."""
    claimed = frozenset({canonical(answer.address)}) if answer.address else frozenset()
    return Proof(
        issuer=answer.issuer,
        provider_key=answer.provider_key,
        subject=answer.subject,
        addresses=answer.addresses,
        claimed=claimed - answer.addresses,
    )


def _note(passage: Passage, report: Report, read: Callable[[], Answer]) -> None:
    answer, refusal = None, None
    try:
        answer = read()
        passages.remember(passage, answer, report)
    except Refused as error:
        answer, refusal = None, error
    except ProviderGone as error:
        refusal = report.refuse(_("Provider"), str(error), code=error.code)
    passages.note_outcome(passage, report, answer, refusal)
