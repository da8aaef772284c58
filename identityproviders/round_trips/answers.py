"""Read the answer of a provider: prove a sign-in, refuse it, or fill a test run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from identityproviders.models import RoundTrip, SignInTransaction
from identityproviders.oidc import client, facebook
from identityproviders.providers import provider_config
from identityproviders.providers.provider_config import ProviderNotConfigured
from identityproviders.providers.verification_report import (
    AnswerRefused,
    ProviderAnswer,
    VerificationReport,
)
from identityproviders.round_trips import actions
from identityproviders.saml import response, wsfed
from identityproviders.saml.assertion_checks import INVALID_TOKEN
from identityproviders.saml.documents import Element
from identityproviders.sign_in import verified_identity
from identityproviders.sign_in.actions import SignInOver, refuse_sign_in
from identityproviders.sign_in.verified_identity import VerifiedIdentity
from portal.values.email_address import canonical_address


@sensitive_variables()
def read_openid_answer(passage: RoundTrip, parameters: Mapping[str, str]) -> ProviderAnswer | None:
    """Take the parameters of a callback, ask for the token, note the outcome; give the answer.

    Raises: NoPassage for every caller but the first.
    """
    actions.take_round_trip(passage)
    report = VerificationReport(client.INVALID_TOKEN)
    is_trial = passage.purpose == RoundTrip.Purpose.TRIAL

    def read() -> ProviderAnswer:
        found = provider_config.find_provider_config(passage.tenant, passage.provider_key)
        if found.facebook is not None:
            return facebook.read_facebook_answer(
                found.facebook, parameters, passage.code_verifier, report
            )
        if found.client is None:
            raise ProviderNotConfigured
        return client.read_code_answer(
            found.client,
            parameters,
            passage.nonce,
            passage.code_verifier,
            report,
            is_fresh=is_trial,
        )

    return _note(passage, report, read)


def read_saml_answer(passage: RoundTrip, root: Element) -> None:
    """Verify a SAML response and note the outcome.

    Raises: NoPassage for every caller but the first.
    """
    actions.take_round_trip(passage)
    report = VerificationReport(INVALID_TOKEN)

    def read() -> ProviderAnswer:
        found = provider_config.find_provider_config(passage.tenant, passage.provider_key)
        expected = provider_config.expected_saml_answer(found, passage.request_id, timezone.now())
        return response.read_saml_response(root, expected, report)

    _note(passage, report, read)


def read_wsfed_answer(passage: RoundTrip, wresult: str) -> None:
    """Verify a WS-Federation token and note the outcome.

    Raises: NoPassage for every caller but the first.
    """
    actions.take_round_trip(passage)
    report = VerificationReport(wsfed.RESPONSE_INVALID)

    def read() -> ProviderAnswer:
        found = provider_config.find_provider_config(passage.tenant, passage.provider_key)
        expected = provider_config.expected_saml_answer(found, passage.request_id, timezone.now())
        return wsfed.read_wsfed_response(wresult, expected, report)

    _note(passage, report, read)


def continue_sign_in(passage: RoundTrip) -> SignInTransaction:
    """Go on with the sign-in that a noted outcome belongs to: proven, or refused with its reason.

    Raises: SignInOver.
    """
    txn = passage.sign_in
    if txn is None:
        raise SignInOver
    answer = actions.stored_answer(passage)
    if answer is None:
        code = int((passage.result or {}).get("code") or INVALID_TOKEN)
        refuse_sign_in(txn, code, remark=passage.problem)
        return txn
    verified_identity.accept_authentication(txn, identity_from_answer(answer))
    return txn


def identity_from_answer(answer: ProviderAnswer) -> VerifiedIdentity:
    """The identity for T5, with the addresses it proves and those it only names (SEC-35)."""
    claimed = frozenset({canonical_address(answer.address)}) if answer.address else frozenset()
    return VerifiedIdentity(
        issuer=answer.issuer,
        provider_key=answer.provider_key,
        subject=answer.subject,
        addresses=answer.addresses,
        claimed=claimed - answer.addresses,
    )


def _note(
    passage: RoundTrip, report: VerificationReport, read: Callable[[], ProviderAnswer]
) -> ProviderAnswer | None:
    answer, refusal = None, None
    try:
        answer = read()
        actions.remember_assertion(passage, answer, report)
    except AnswerRefused as error:
        answer, refusal = None, error
    except ProviderNotConfigured as error:
        refusal = report.refuse(_("Provider"), str(error), code=error.code)
    actions.note_outcome(passage, report, answer, refusal)
    return answer
