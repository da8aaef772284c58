"""Read a WS-Federation answer: a token with a SAML 1.1 assertion (IDP-13, SEC-47)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from identityproviders.providers.verification_report import ProviderAnswer, VerificationReport
from identityproviders.saml import assertion_checks, documents, names, verify
from identityproviders.saml.assertion_checks import ExpectedAssertion, text_of
from identityproviders.saml.documents import BadDocument, Element
from identityproviders.saml.verify import Layout, Unverified

RESPONSE_INVALID, MESSAGE_INVALID = 20001, 20012

_A = f"{{{names.ASSERTION_11}}}"
_KNOWN_CONDITIONS = {f"{_A}AudienceRestrictionCondition", f"{_A}DoNotCacheCondition"}


def _layouts() -> Mapping[str, Layout]:
    """By the root's tag: WS-Trust of 2005 and 1.3, a response alone or in a collection."""
    found = {}
    for namespace in (names.TRUST_2005, names.TRUST_13):
        response = f"{{{namespace}}}RequestSecurityTokenResponse"
        inside = (f"{{{namespace}}}RequestedSecurityToken", f"{_A}Assertion")
        found[response] = Layout(response, inside, "AssertionID")
        collection = f"{response}Collection"
        found[collection] = Layout(collection, (response, *inside), "AssertionID")
    return found


LAYOUTS = _layouts()


def read_wsfed_response(
    wresult: str, expected: ExpectedAssertion, report: VerificationReport
) -> ProviderAnswer:
    """Check the form field `wresult` and give the proven identity.

    That it answers the request of this browser was found out by `wctx` before: SAML 1.1 has no
    place to say so. Raises: Refused; `report` says what was checked.
    """
    try:
        root = documents.parse_response(wresult.encode())
        layout = LAYOUTS.get(root.tag)
        if layout is None:
            raise BadDocument(_("The answer is not a WS-Federation token response."))
        verified = verify.verify_signature(root, layout, expected.certificates, expected.now)
    except (Unverified, BadDocument) as error:
        raise report.refuse(_("Signature"), str(error)) from error
    report.check(True, _("Signature"), found=verified.method, problem="")
    return _read_assertion(verified.assertion, expected, report)


def _read_assertion(
    assertion: Element, expected: ExpectedAssertion, report: VerificationReport
) -> ProviderAnswer:
    claims = _claims(assertion)
    for name, values in claims.items():
        for value in values:
            report.claim(name, value)
    version = (assertion.get("MajorVersion"), assertion.get("MinorVersion"))
    report.check(
        version == ("1", "1"),
        _("Token"),
        found="SAML 1.1",
        problem=_("The token is not a SAML 1.1 assertion."),
    )
    assertion_checks.check_issuer(report, str(assertion.get("Issuer", "")), expected)
    immutable_ids = claims.get(names.IMMUTABLE_ID_CLAIM, ())
    subject = immutable_ids[0] if len(immutable_ids) == 1 else ""
    assertion_checks.check_subject(report, subject, _("ImmutableID"))
    _check_confirmation(assertion, report)
    used_until = _check_conditions(assertion, expected, report)
    return assertion_checks.answer_from_assertion(
        report,
        expected,
        subject=subject,
        address=assertion_checks.check_address(report, claims, expected),
        assertion_id=str(assertion.get("AssertionID")),
        used_until=used_until,
    )


def _claims(assertion: Element) -> Mapping[str, list[str]]:
    claims: dict[str, list[str]] = {}
    for attribute in assertion.findall(f"{_A}AttributeStatement/{_A}Attribute"):
        namespace, name = (
            attribute.get("AttributeNamespace", ""),
            attribute.get("AttributeName", ""),
        )
        full_name = f"{namespace}/{name}" if namespace else name
        values = [text_of(node) for node in attribute.findall(f"{_A}AttributeValue")]
        claims.setdefault(full_name, []).extend(values)
    return claims


def _check_confirmation(assertion: Element, report: VerificationReport) -> None:
    """Every statement is about its bearer, and they are all about the same subject."""
    subjects = list(assertion.iter(f"{_A}Subject"))
    methods = [
        [text_of(node) for node in subject.iter(f"{_A}ConfirmationMethod")] for subject in subjects
    ]
    report.check(
        bool(subjects) and all(found == [names.BEARER_11] for found in methods),
        _("Confirmation"),
        found="bearer",
        problem=_("The assertion has no bearer confirmation."),
    )
    identifiers = {text_of(s.find(f"{_A}NameIdentifier")) for s in subjects}
    report.check(
        len(identifiers) <= 1,
        _("Subject"),
        found=next(iter(identifiers), ""),
        problem=_("The statements of the assertion are about different subjects."),
    )


def _check_conditions(
    assertion: Element, expected: ExpectedAssertion, report: VerificationReport
) -> float:
    found = assertion.findall(f"{_A}Conditions")
    if len(found) != 1:
        assertion_checks.check_audience(report, [], expected)
        return 0
    node = found[0]
    report.check(
        all(child.tag in _KNOWN_CONDITIONS for child in node),
        _("Conditions"),
        problem=_("The assertion has a condition that is not understood."),
    )
    restrictions = [
        [text_of(audience) for audience in restriction.findall(f"{_A}Audience")]
        for restriction in node.findall(f"{_A}AudienceRestrictionCondition")
    ]
    assertion_checks.check_audience(report, restrictions, expected)
    bounds = [(node.get("NotBefore"), node.get("NotOnOrAfter"))]
    return assertion_checks.check_times(report, bounds, expected.now)
