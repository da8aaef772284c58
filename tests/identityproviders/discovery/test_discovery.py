"""Home realm discovery: T19 and T20 over every combination, and the worked examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from typing import Any

import pytest

from identityproviders.discovery import method_texts
from identityproviders.discovery.decide import (
    Decision,
    DiscoverySettings,
    Entry,
    HomeAccount,
    Impact,
    Method,
    Organization,
    Primary,
    Provider,
    RedemptionOrder,
    Resolver,
    ResolverAnswers,
    StoredIdentity,
    decide_accepted,
    decide_method,
    decision_impact,
    must_create_personal,
    signs_in,
)
from identityproviders.discovery.decision import OTHER_ACCOUNT_ROWS
from identityproviders.passcodes.policy import state
from identityproviders.passcodes.policy.state import PasscodeChoice, PasscodeSettings, StoredChoice
from portal.values import email_address

THE_DATE = datetime(2021, 11, 1, tzinfo=UTC)
NOW = datetime(2021, 10, 19, 9, tzinfo=UTC)
CREATED = datetime(2019, 5, 6, tzinfo=UTC)
NICOLE = email_address.parse_email_address("nicole@firstupconsultants.com")
TERI = email_address.parse_email_address("teri@gmail.com")
PRIYA = email_address.parse_email_address("priya.raman@wingtiptoys.com")

NEVER_TOUCHED = PasscodeSettings(tenant_created_at=CREATED)
ON = replace(NEVER_TOUCHED, stored=StoredChoice.ENABLED)
OFF = replace(NEVER_TOUCHED, stored=StoredChoice.DISABLED)
CONTOSO = Organization("8f0d3ad2", "Contoso")
PARTNER = Provider("fabrikam", "Fabrikam sign-in")
FEDERATION_FIRST = RedemptionOrder(
    primary=(Primary.FEDERATION, Primary.ORGANIZATION, Primary.SOCIAL)
)


@dataclass(frozen=True)
class Combination:
    """One combination of everything T19 depends on."""

    org: bool = False
    fed: bool = False
    goo: bool = False
    msa: bool = False
    otp: bool = False
    managed: bool = False
    entry: Entry = Entry.INVITATION
    order: RedemptionOrder = field(default_factory=RedemptionOrder)

    def decide(self) -> Decision:
        answers = ResolverAnswers(
            organization=CONTOSO if self.org else None,
            is_domain_managed=self.managed,
            federation=PARTNER if self.fed else None,
            is_google=self.goo,
            has_personal_account=self.msa,
        )
        settings = DiscoverySettings(ON if self.otp else OFF, self.order)
        return decide_method(PRIYA, settings, answers, NOW, self.entry)


def every_answer() -> Iterator[Combination]:
    for flags in product([True, False], repeat=6):
        for entry in Entry:
            org, fed, goo, msa, otp, managed = flags
            yield Combination(org, fed, goo, msa, otp, managed, entry)


def every_order() -> Iterator[RedemptionOrder]:
    for length in range(4):
        for primary in permutations(Primary, length):
            for microsoft_account, passcode in product([True, False], repeat=2):
                yield RedemptionOrder(primary, microsoft_account, passcode)


T19 = """
    row ORG FED GOO MSA OTP entry       domain      method
    D1  yes -   -   yes -   any         any         chooser
    D2  yes -   -   no  -   any         any         organization
    D3  no  yes -   -   -   any         any         federation
    D4  no  no  yes -   -   any         any         google
    D5  no  no  no  yes -   any         any         personal
    D6  no  no  no  no  yes any         any         passcode
    D7  no  no  no  no  no  invitation  unmanaged   create_personal
    D8  no  no  no  no  no  invitation  managed     no_account
    D9  no  no  no  no  no  other       any         refused
"""


def looked_up(case: Combination) -> tuple[str, str]:
    """Row and method by reading T19 as printed."""
    facts = [
        *("yes" if f else "no" for f in (case.org, case.fed, case.goo, case.msa, case.otp)),
        "invitation" if case.entry is Entry.INVITATION else "other",
        "managed" if case.managed else "unmanaged",
    ]
    for line in T19.strip().splitlines()[1:]:
        row, *conditions, method = line.split()
        if all(c in {"-", "any", fact} for c, fact in zip(conditions, facts, strict=True)):
            return row, method
    raise AssertionError("T19 has a gap")


@pytest.mark.rule("T19", "HRD-3", "HRD-6", "HRD-8")
def test_every_combination_in_the_default_order_is_decided_as_the_table_says() -> None:
    for case in every_answer():
        decision = case.decide()
        assert (decision.row, decision.method.value) == looked_up(case), case


def ranked(case: Combination) -> str:
    """The row by HRD-4, HRD-5 and CTA-5: of all that could apply, the one that ranks first."""
    order = case.order
    could: list[tuple[int, str]] = [(99, "D9")]
    place = {primary: rank for rank, primary in enumerate(order.primary)}
    both = case.msa and order.microsoft_account_fallback
    if case.org and Primary.ORGANIZATION in place:
        could.append((place[Primary.ORGANIZATION], "D1" if both else "D2"))
    if case.fed and Primary.FEDERATION in place:
        could.append((place[Primary.FEDERATION], "D3"))
    if case.goo and Primary.SOCIAL in place:
        could.append((place[Primary.SOCIAL], "D4"))
    if both:
        could.append((10, "D5"))
    if case.otp and order.passcode_fallback:
        could.append((11, "D6"))
    if case.entry is Entry.INVITATION and case.managed:
        could.append((12, "D8"))
    if case.entry is Entry.INVITATION and not case.managed and order.microsoft_account_fallback:
        could.append((12, "D7"))
    return min(could)[1]


@pytest.mark.rule("HRD-4", "HRD-5", "T16", "CTA-4", "CTA-5")
def test_every_combination_in_every_order_is_decided_by_rank() -> None:
    count = 0
    for order in every_order():
        for answers in every_answer():
            case = replace(answers, order=order)
            assert case.decide().row == ranked(case), case
            count += 1
    assert count == 192 * 64


@pytest.mark.rule("HRD-5")
def test_chooser_needs_the_personal_account_as_fallback() -> None:
    without = RedemptionOrder(microsoft_account_fallback=False)

    assert Combination(org=True, msa=True).decide().row == "D1"
    assert Combination(org=True, msa=True, otp=True, order=without).decide().row == "D2"


@pytest.mark.rule("HRD-7")
def test_no_organization_account_is_ever_created() -> None:
    assert not any("create" in m and "organization" in m for m in Method)
    before_the_date = Combination(otp=False).decide()
    assert before_the_date.method is Method.CREATE_PERSONAL


@pytest.mark.rule("HRD-8")
def test_facebook_is_never_a_result() -> None:
    assert not any("facebook" in m for m in Method)
    assert not any("facebook" in p.lower() for p in Primary)


@pytest.mark.rule("HRD-9")
def test_another_account_is_offered_wherever_one_was_found() -> None:
    rows = {case.decide().row for case in every_answer()}

    assert rows & OTHER_ACCOUNT_ROWS == {"D1", "D2", "D3", "D4", "D5", "D6"}
    assert rows - OTHER_ACCOUNT_ROWS == {"D7", "D8", "D9"}


def test_an_order_that_names_a_provider_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        RedemptionOrder(primary=(Primary.SOCIAL, Primary.SOCIAL))


@pytest.mark.rule("T19", "RED-6")
def test_only_refusals_carry_a_code_and_a_text_for_the_guest() -> None:
    codes = {c.decide().row: (c.decide().code, bool(c.decide().refusal)) for c in every_answer()}

    assert codes.pop("D8") == (50034, True)
    assert codes.pop("D9") == (50014, True)
    assert set(codes.values()) == {(0, False)}


@pytest.mark.rule("BET-1")
def test_reasons_come_in_the_order_of_redemption_and_end_with_what_decided() -> None:
    for order in every_order():
        for answers in every_answer():
            decision = replace(answers, order=order).decide()
            hits = [r.is_hit for r in decision.reasons]
            if signs_in(decision):
                assert hits[-1] is True
                assert hits.count(True) == (2 if decision.row == "D1" else 1)
            assert "%(" not in " ".join(r.text for r in decision.reasons)


@pytest.mark.rule("BET-1")
def test_prediction_reads_like_the_drawn_one() -> None:
    decision = Combination(otp=True).decide()

    assert [(r.is_hit, r.text) for r in decision.reasons] == [
        (False, "No organization account is known for wingtiptoys.com"),
        (False, "No SAML/WS-Fed provider serves this domain"),
        (False, "Not a Google address"),
        (False, "No personal account is known for this address"),
        (True, "Email one-time passcode is on for guests"),
    ]
    last = decision.reasons[-1]
    assert (last.before, str(last.bold), last.after) == (
        "",
        "Email one-time passcode is on",
        " for guests",
    )
    assert decision.label == "Email one-time passcode"
    assert decision.summary("Priya") == (
        "Priya has no account we can hand the sign-in to, so a code goes to "
        "priya.raman@wingtiptoys.com at each sign-in."
    )
    assert decision.notice == (
        "An 8-digit code, valid for 30 minutes. A session ends after 24 hours; the next sign-in "
        "needs a new code."
    )


@pytest.mark.rule("BET-1")
def test_a_skipped_provider_that_would_match_is_named() -> None:
    order = RedemptionOrder(primary=(Primary.FEDERATION, Primary.SOCIAL))
    decision = Combination(org=True, otp=True, order=order).decide()

    assert decision.row == "D6"
    assert "Microsoft Entra ID would match, but is turned off in the redemption order" in [
        r.text for r in decision.reasons
    ]


@pytest.mark.rule("BET-1")
def test_every_row_has_its_texts_in_which_every_value_is_filled() -> None:
    rows = {f"D{n}" for n in range(1, 10)} | {f"T20-{n}" for n in range(1, 8)}
    assert set(method_texts.SUMMARIES) == set(method_texts.NOTICES) == rows
    assert set(method_texts.REFUSALS) == {"D8", "D9", "T20-2", "T20-4", "T20-7"}
    for case in every_answer():
        decision = case.decide()
        texts = [decision.summary(), decision.summary("Priya"), decision.notice, decision.refusal]
        assert not re.search(r"%\(|None", " ".join(texts))
        assert decision.method.icon
        assert decision.label


def test_organization_of_the_guest_is_not_named_to_the_host() -> None:
    decision = Combination(org=True).decide()

    texts = [decision.summary(), decision.notice, decision.label]
    texts += [r.text for r in decision.reasons]
    assert decision.organization == CONTOSO
    assert not any("Contoso" in text for text in texts)


# T20

GOOGLE = Provider("google.com", "Google")
ISSUER = "https://idp.fabrikam.example/saml"
T20 = [
    # stored identity, passcode, row, method, code
    (StoredIdentity("mail"), ON, "T20-1", Method.PASSCODE, 0),
    (StoredIdentity("mail"), OFF, "T20-2", Method.REFUSED, 50107),
    (StoredIdentity("ExternalAzureAD"), ON, "T20-3", Method.ORGANIZATION, 0),
    (
        StoredIdentity("ExternalAzureAD", home=HomeAccount.GONE),
        ON,
        "T20-4",
        Method.REFUSED,
        50034,
    ),
    (
        StoredIdentity("ExternalAzureAD", home=HomeAccount.DISABLED),
        ON,
        "T20-4",
        Method.REFUSED,
        50057,
    ),
    (StoredIdentity("MicrosoftAccount"), OFF, "T20-5", Method.PERSONAL, 0),
    (StoredIdentity("google.com", GOOGLE), ON, "T20-6", Method.GOOGLE, 0),
    (StoredIdentity(ISSUER, PARTNER), ON, "T20-6", Method.FEDERATION, 0),
    (StoredIdentity("google.com"), ON, "T20-7", Method.REFUSED, 50107),
    (StoredIdentity(ISSUER), ON, "T20-7", Method.REFUSED, 50107),
    (StoredIdentity("facebook.com"), ON, "T20-7", Method.REFUSED, 50107),
]


@pytest.mark.rule("T20", "HRD-2", "CTA-6")
@pytest.mark.parametrize(("stored", "passcode", "row", "method", "code"), T20)
@pytest.mark.parametrize("order", list(every_order()))
def test_stored_identity_decides_whatever_the_order(
    stored: StoredIdentity,
    passcode: PasscodeSettings,
    row: str,
    method: Method,
    code: int,
    order: RedemptionOrder,
) -> None:
    decision = decide_accepted(NICOLE, stored, DiscoverySettings(passcode, order), NOW)

    assert (decision.row, decision.method, decision.code) == (row, method, code)
    assert decision.is_settled
    assert signs_in(decision) is (method is not Method.REFUSED)
    assert bool(decision.refusal) is (method is Method.REFUSED)
    texts = [decision.summary(), decision.notice, decision.refusal, decision.reasons[0].text]
    assert "%(" not in " ".join(texts)


# Impact

PENDING = {
    row: next(c.decide() for c in every_answer() if c.decide().row == row)
    for row in (f"D{n}" for n in range(1, 10))
}


@pytest.mark.rule("BET-2", "OTC-10")
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("D7", "D6", Impact.GAIN),
        ("D8", "D6", Impact.GAIN),
        ("D9", "D6", Impact.GAIN),
        ("D9", "D7", Impact.GAIN),
        ("D6", "D8", Impact.LOSE),
        ("D6", "D9", Impact.LOSE),
        ("D7", "D9", Impact.LOSE),
        ("D6", "D7", Impact.UNCHANGED),
        ("D6", "D6", Impact.UNCHANGED),
        ("D3", "D6", Impact.UNCHANGED),
        ("D8", "D9", Impact.UNCHANGED),
    ],
)
def test_impact_on_a_pending_guest(before: str, after: str, expected: Impact) -> None:
    assert decision_impact(PENDING[before], PENDING[after]) is expected


def test_who_must_create_a_personal_account_is_counted_beside_the_three_figures() -> None:
    assert must_create_personal(PENDING["D6"], PENDING["D7"])
    assert not must_create_personal(PENDING["D7"], PENDING["D7"])
    assert not must_create_personal(PENDING["D7"], PENDING["D6"])


@pytest.mark.rule("BET-2")
def test_the_three_figures_sum_up_to_all_guests() -> None:
    for before, after in product(PENDING.values(), repeat=2):
        assert decision_impact(before, after) in Impact


@pytest.mark.rule("BET-2", "OTC-10")
def test_turning_codes_off_and_on_moves_an_accepted_code_guest_and_nobody_else() -> None:
    for stored, *_rest in T20:
        on = decide_accepted(NICOLE, stored, DiscoverySettings(ON), NOW)
        off = decide_accepted(NICOLE, stored, DiscoverySettings(OFF), NOW)
        is_code_guest = stored.issuer == "mail"
        assert decision_impact(on, off) is (Impact.LOSE if is_code_guest else Impact.UNCHANGED)
        assert decision_impact(off, on) is (Impact.GAIN if is_code_guest else Impact.UNCHANGED)


# Worked examples


def at(
    entry: Entry = Entry.INVITATION,
    passcode: PasscodeSettings = ON,
    now: datetime = NOW,
    address: email_address.EmailAddress = NICOLE,
    order: RedemptionOrder | None = None,
    **answers: object,
) -> Decision:
    settings = DiscoverySettings(passcode, order or RedemptionOrder())
    return decide_method(address, settings, ResolverAnswers(**answers), now, entry)  # type: ignore[arg-type]


@pytest.mark.rule("EX-1")
def test_nicole_without_any_account_gets_a_code() -> None:
    assert at().row == "D6"
    assert at().method is Method.PASSCODE


@pytest.mark.rule("EX-2")
def test_teri_at_gmail_gets_a_code_while_google_is_not_configured() -> None:
    decision = at(address=TERI)

    assert decision.row == "D6"
    assert "A Google address, but Google is not configured" in [r.text for r in decision.reasons]


@pytest.mark.rule("EX-3")
def test_teri_goes_to_google_once_it_is_configured() -> None:
    decision = at(address=TERI, is_google=True)

    assert (decision.row, decision.provider) == ("D4", GOOGLE)
    assert "teri@gmail.com" in decision.notice


@pytest.mark.rule("EX-4")
def test_a_personal_account_comes_before_the_code() -> None:
    assert at(has_personal_account=True).row == "D5"


@pytest.mark.rule("EX-5")
def test_organization_and_personal_account_lead_to_the_chooser() -> None:
    decision = at(organization=CONTOSO, has_personal_account=True)

    assert decision.row == "D1"
    assert [r.resolver for r in decision.reasons] == [Resolver.ORGANIZATION, Resolver.PERSONAL]


@pytest.mark.rule("EX-6")
def test_without_code_the_invitation_link_leads_to_a_new_personal_account() -> None:
    assert at(passcode=OFF).row == "D7"


@pytest.mark.rule("EX-7")
@pytest.mark.parametrize("entry", [Entry.DIRECT, Entry.COMMON])
def test_without_code_a_direct_link_ends_with_50014(entry: Entry) -> None:
    decision = at(passcode=OFF, entry=entry)

    assert (decision.row, decision.code) == ("D9", 50014)


@pytest.mark.rule("EX-8", "OTC-8")
def test_the_date_moves_the_guest_from_d7_to_d6_without_anybody_saving() -> None:
    today, tomorrow = THE_DATE - timedelta(hours=12), THE_DATE + timedelta(hours=12)

    assert at(passcode=NEVER_TOUCHED, now=today).row == "D7"
    assert "Email one-time passcode is off until November 1, 2021" in [
        r.text for r in at(passcode=NEVER_TOUCHED, now=today).reasons
    ]
    assert at(passcode=NEVER_TOUCHED, now=tomorrow).row == "D6"


@pytest.mark.rule("EX-9")
def test_disabled_before_the_date_leaves_the_guest_at_d7() -> None:
    disabled = state.apply_choice(NEVER_TOUCHED, PasscodeChoice.DISABLE, NOW)

    assert at(passcode=disabled, now=THE_DATE + timedelta(days=1)).row == "D7"


@pytest.mark.rule("EX-11")
def test_accepted_code_guest_is_refused_while_off_and_back_without_reset() -> None:
    stored = StoredIdentity("mail")
    off = state.apply_choice(ON, PasscodeChoice.DISABLE, NOW)
    refused = decide_accepted(NICOLE, stored, DiscoverySettings(off), NOW)
    on = state.apply_choice(off, PasscodeChoice.ENABLE, NOW)
    back = decide_accepted(NICOLE, stored, DiscoverySettings(on), NOW)

    assert refused.method is Method.REFUSED
    assert "Contact" in refused.refusal
    assert back.method is Method.PASSCODE


@pytest.mark.rule("EX-12")
def test_a_later_personal_account_counts_only_after_a_reset() -> None:
    accepted = decide_accepted(NICOLE, StoredIdentity("mail"), DiscoverySettings(ON), NOW)

    assert accepted.method is Method.PASSCODE
    assert at(has_personal_account=True).row == "D5"


@pytest.mark.rule("EX-26")
def test_federated_partner_that_is_a_tenant_too() -> None:
    partner: dict[str, Any] = {"federation": PARTNER, "is_domain_managed": True}

    assert at(**partner).row == "D3"
    assert at(**partner, organization=CONTOSO).row == "D2"
    assert at(**partner, order=FEDERATION_FIRST).row == "D3"
    assert at(**partner, order=FEDERATION_FIRST, organization=CONTOSO).row == "D3"
