"""Read a SAML 2.0 Response with one assertion (SEC-46, SEC-47, IDP-13)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from identityproviders.providers.verification_report import (
    CANCELED,
    ProviderAnswer,
    VerificationReport,
    shown_text,
)
from identityproviders.saml import assertion_checks, documents, names, verify
from identityproviders.saml.assertion_checks import ExpectedAssertion, text_of
from identityproviders.saml.documents import BadDocument, Element
from identityproviders.saml.verify import Layout, Unverified

_A, _P = f"{{{names.ASSERTION}}}", f"{{{names.PROTOCOL}}}"
LAYOUT = Layout(root=f"{_P}Response", path=(f"{_A}Assertion",), assertion_id="ID", root_id="ID")
_KNOWN_CONDITIONS = {f"{_A}{n}" for n in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")}


def in_response_to(root: Element) -> str:
    """The request that the document claims to answer, before anything is verified."""
    return str(root.get("InResponseTo", ""))


def parse_saml_document(encoded: str) -> Element:
    """The document behind the form field SAMLResponse.

    Raises: BadDocument.
    """
    return documents.parse_response(documents.decode_base64(encoded))


def read_saml_response(
    root: Element, expected: ExpectedAssertion, report: VerificationReport
) -> ProviderAnswer:
    """Check the response and give the proven identity.

    Raises: Refused; `report` says what was checked.
    """
    _check_envelope(root, expected, report)
    try:
        verified = verify.verify_signature(root, LAYOUT, expected.certificates, expected.now)
    except (Unverified, BadDocument) as error:
        raise report.refuse(_("Signature"), str(error)) from error
    report.check(True, _("Signature"), found=verified.method, problem="")
    return _read_assertion(verified.assertion, expected, report)


def _check_envelope(root: Element, expected: ExpectedAssertion, report: VerificationReport) -> None:
    """What the response says around its assertion. It may be unsigned: it can only refuse."""
    report.require(
        root.tag == LAYOUT.root and root.get("Version") == "2.0",
        _("Document"),
        found="SAML 2.0",
        problem=_("The answer is not a SAML 2.0 response."),
    )
    _check_status(root, report)
    destination = root.get("Destination", "")
    report.check(
        destination == expected.consumer_url,
        _("Destination"),
        found=destination,
        problem=_("The response is meant for “%(found)s”, not for “%(expected)s”.")
        % {"found": shown_text(destination), "expected": expected.consumer_url},
    )
    answered = in_response_to(root)
    report.check(
        answered == expected.request_id,
        _("In response to"),
        found=answered,
        problem=_("The response does not answer the request that this browser made."),
    )
    issuers = root.findall(f"{_A}Issuer")
    if issuers:
        label = _("Issuer of the response")
        assertion_checks.check_issuer(report, text_of(issuers[0]), expected, label=label)


def _check_status(root: Element, report: VerificationReport) -> None:
    codes = [str(node.get("Value", "")) for node in root.iter(f"{_P}StatusCode")]
    message = text_of(root.find(f"{_P}Status/{_P}StatusMessage"))
    status = " / ".join(code.rpartition(":")[2] for code in codes)
    said = f"{status}: {message}" if message else status
    report.require(
        codes == [names.SUCCESS],
        _("Status"),
        found=status,
        problem=_("The provider did not sign the person in. It says: %(said)s")
        % {"said": shown_text(said)},
        code=CANCELED if names.REQUEST_DENIED in codes else 0,
    )


def _read_assertion(
    assertion: Element, expected: ExpectedAssertion, report: VerificationReport
) -> ProviderAnswer:
    claims = _claims(assertion)
    for name, values in claims.items():
        for value in values:
            report.claim(name, value)
    assertion_checks.check_issuer(report, text_of(assertion.find(f"{_A}Issuer")), expected)
    subject = _check_name_id(assertion, report)
    confirmed_until = _check_confirmation(assertion, expected, report)
    used_until = _check_conditions(assertion, expected, report)
    return assertion_checks.answer_from_assertion(
        report,
        expected,
        subject=subject,
        address=assertion_checks.check_address(report, claims, expected),
        assertion_id=str(assertion.get("ID")),
        used_until=max(used_until, confirmed_until),
    )


def _claims(assertion: Element) -> Mapping[str, list[str]]:
    claims: dict[str, list[str]] = {}
    for attribute in assertion.findall(f"{_A}AttributeStatement/{_A}Attribute"):
        values = [text_of(node) for node in attribute.findall(f"{_A}AttributeValue")]
        claims.setdefault(str(attribute.get("Name", "")), []).extend(values)
    return claims


def _check_name_id(assertion: Element, report: VerificationReport) -> str:
    """The persistent NameID: no other format can be a key (SEC-34)."""
    found = assertion.findall(f"{_A}Subject/{_A}NameID")
    name_id = found[0] if len(found) == 1 else None
    subject = text_of(name_id)
    assertion_checks.check_subject(report, subject, _("NameID"))
    name_format = str(name_id.get("Format", "")) if name_id is not None else ""
    report.check(
        name_format == names.PERSISTENT,
        _("NameID format"),
        found=name_format,
        problem=_("The NameID has the format “%(found)s”. It must be persistent.")
        % {"found": shown_text(name_format)},
    )
    if subject:
        report.claim(_("NameID"), subject)
    return subject


def _check_confirmation(
    assertion: Element, expected: ExpectedAssertion, report: VerificationReport
) -> float:
    """A bearer confirmation for us, for this request, still valid."""
    best = None
    for confirmation in assertion.findall(f"{_A}Subject/{_A}SubjectConfirmation"):
        given = confirmation.find(f"{_A}SubjectConfirmationData")
        if confirmation.get("Method") == names.BEARER and given is not None:
            best = given
            if given.get("Recipient") == expected.consumer_url:
                break
    report.check(
        best is not None,
        _("Confirmation"),
        found="bearer",
        problem=_("The assertion has no bearer confirmation."),
    )
    if best is None:
        return 0
    recipient = str(best.get("Recipient", ""))
    report.check(
        recipient == expected.consumer_url,
        _("Recipient"),
        found=recipient,
        problem=_("The assertion is meant for the recipient “%(found)s”, not for “%(expected)s”.")
        % {"found": shown_text(recipient), "expected": expected.consumer_url},
    )
    report.check(
        best.get("InResponseTo") == expected.request_id,
        _("Assertion in response to"),
        found=str(best.get("InResponseTo", "")),
        problem=_("The assertion does not answer the request that this browser made."),
    )
    bounds = [(best.get("NotBefore"), best.get("NotOnOrAfter"))]
    return assertion_checks.check_times(report, bounds, expected.now, label=_("Confirmed until"))


def _check_conditions(
    assertion: Element, expected: ExpectedAssertion, report: VerificationReport
) -> float:
    found = assertion.findall(f"{_A}Conditions")
    if len(found) != 1:
        assertion_checks.check_audience(report, [], expected)
        return 0
    node = found[0]
    unknown = [child for child in node if child.tag not in _KNOWN_CONDITIONS]
    report.check(
        not unknown,
        _("Conditions"),
        problem=_("The assertion has a condition that is not understood."),
    )
    restrictions = [
        [text_of(audience) for audience in restriction.findall(f"{_A}Audience")]
        for restriction in node.findall(f"{_A}AudienceRestriction")
    ]
    assertion_checks.check_audience(report, restrictions, expected)
    bounds = [(node.get("NotBefore"), node.get("NotOnOrAfter"))]
    bounds += [
        (None, statement.get("SessionNotOnOrAfter"))
        for statement in assertion.findall(f"{_A}AuthnStatement")
    ]
    return assertion_checks.check_times(report, bounds, expected.now)
