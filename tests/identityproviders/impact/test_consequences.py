"""What a change would do to guests, before it is saved (BET-2, BET-25, HRD-4)."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from guests.identities.actions import bind_identity
from guests.models import User
from identityproviders.discovery.decide import Primary, Provider, RedemptionOrder, Rule
from identityproviders.discovery.queries import discovery_facts, discovery_settings
from identityproviders.impact import preview
from identityproviders.impact.effects import AffectedGuests
from identityproviders.impact.proposed_change import ProposedChange, UnknownChangeError
from identityproviders.impact.queries import affected_guests
from identityproviders.models import (
    Federation,
    FederationDomain,
    PasscodePolicy,
    PasscodeRule,
    PersonalAccount,
    SocialProvider,
)
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory
from tests.support.invitations import signed_in
from tests.support.page import read_page

pytestmark = pytest.mark.django_db

PARTNER = "partner.example"


@pytest.fixture
def federation(contoso: Tenant) -> Federation:
    row: Federation = Federation.objects.create(
        tenant=contoso,
        display_name="Partner",
        protocol="saml",
        issuer="https://idp.partner.example/",
    )
    FederationDomain.objects.create(tenant=contoso, federation=row, name=PARTNER)
    return row


def figures(tenant: Tenant, change: ProposedChange) -> tuple[int, int, int]:
    found = preview.find_consequences(tenant, change, timezone.now())
    return found.gain, found.lose, found.move


@pytest.mark.rule("IDP-7", "IDP-14", "IDP-16", "BET-25")
def test_removing_a_federation_stops_who_accepted_with_it_and_moves_who_did_not(
    contoso: Tenant, federation: Federation
) -> None:
    GuestFactory(
        tenant=contoso, address=f"a@{PARTNER}", accepted_with=federation.issuer, subject="1"
    )
    GuestFactory(tenant=contoso, address=f"b@{PARTNER}")
    GuestFactory(tenant=contoso, address="c@elsewhere.example")

    assert figures(contoso, ProposedChange.without_provider(str(federation.pk))) == (0, 1, 1)
    assert figures(contoso, ProposedChange.without_domain(PARTNER)) == (0, 1, 1)
    assert figures(contoso, ProposedChange.without_domain(PARTNER, keeps_accepted=True)) == (
        0,
        0,
        1,
    )


@pytest.mark.rule("IDP-7", "BET-2")
def test_removing_google_stops_who_accepted_with_it(contoso: Tenant) -> None:
    SocialProvider.objects.create(
        tenant=contoso, kind="google.com", client_id="id", client_secret="secret"
    )
    GuestFactory(tenant=contoso, address="a@gmail.com", accepted_with="google.com", subject="1")
    GuestFactory(tenant=contoso, address="b@gmail.com")
    PasscodePolicy.objects.create(tenant=contoso, stored="disabled")

    found = preview.find_consequences(
        contoso, ProposedChange.without_provider("google.com"), timezone.now()
    )

    assert (found.lose, found.must_create) == (1, 1)


@pytest.mark.rule("BET-2")
def test_configuring_google_again_lets_them_in_again(contoso: Tenant) -> None:
    GuestFactory(tenant=contoso, address="a@gmail.com", accepted_with="google.com", subject="1")

    assert figures(contoso, ProposedChange(with_google=True)) == (1, 0, 0)


@pytest.mark.rule("CTA-6", "T16")
def test_another_order_concerns_pending_guests_only(
    contoso: Tenant, fabrikam: Tenant, federation: Federation
) -> None:
    FederationDomain.objects.create(tenant=contoso, federation=federation, name="fabrikam.com")
    MemberFactory(tenant=fabrikam, email="a@fabrikam.com")
    member = MemberFactory(tenant=fabrikam, email="b@fabrikam.com")
    GuestFactory(tenant=contoso, address="a@fabrikam.com")
    GuestFactory(
        tenant=contoso,
        address="b@fabrikam.com",
        accepted_with="ExternalAzureAD",
        provider_key=str(fabrikam.pk),
        subject=str(member.pk),
    )
    order = RedemptionOrder(primary=(Primary.FEDERATION, Primary.ORGANIZATION, Primary.SOCIAL))

    assert figures(contoso, ProposedChange.with_order(order)) == (0, 0, 1)


@pytest.mark.rule("BET-10", "BET-11")
def test_a_rule_for_a_domain_and_one_for_a_guest(contoso: Tenant) -> None:
    guest = GuestFactory(tenant=contoso, address=f"a@{PARTNER}", accepted_with="mail")
    GuestFactory(tenant=contoso, address=f"b@{PARTNER}", accepted_with="mail")

    assert figures(contoso, ProposedChange.with_rule(PARTNER, Rule.FORBID)) == (0, 2, 0)
    PasscodeRule.objects.create(tenant=contoso, domain=PARTNER, effect="forbid")
    assert figures(contoso, ProposedChange.with_rule(str(guest.pk), Rule.FORCE)) == (1, 0, 0)
    assert figures(contoso, ProposedChange.with_rule(PARTNER, None)) == (2, 0, 0)


@pytest.mark.rule("BET-2")
@pytest.mark.parametrize(
    "change",
    [
        ProposedChange.without_provider("google.com"),
        ProposedChange.without_domain("partner.example"),
        ProposedChange.with_domain("partner.example", Provider("7", "The partner’s own & only")),
        ProposedChange(with_google=True),
        ProposedChange.with_order(
            RedemptionOrder(primary=(Primary.SOCIAL,), passcode_fallback=False)
        ),
        ProposedChange.with_order(RedemptionOrder(primary=())),
        ProposedChange.with_orders({"b.example": RedemptionOrder(primary=()), "a.example": None}),
        ProposedChange.with_rule("partner.example", Rule.FORCE),
        ProposedChange.with_rule("partner.example", None),
        ProposedChange.with_rule("00000000-0000-0000-0000-000000000007", Rule.FORBID),
    ],
    ids=lambda change: change.query,
)
def test_a_query_string_names_a_change(change: ProposedChange) -> None:
    assert ProposedChange.from_query(QueryDict(change.query)) == change


@pytest.mark.parametrize(
    "query",
    [
        "",
        "effect=lose",
        "order=nonsense",
        "order=;nothing",
        "order=azureActiveDirectory,azureActiveDirectory;",
        "order_of=a.example nonsense",
        "order_of=.. azureActiveDirectory;",
        "rule=%00 force",
        "rule=a.example x",
        "with_domain=a.example",
        "without_domain=..",
    ],
)
def test_any_other_query_string_is_refused(query: str) -> None:
    with pytest.raises(UnknownChangeError):
        ProposedChange.from_query(QueryDict(query))


@pytest.mark.rule("BET-2", "BET-25")
def test_the_guests_are_one_click_away(contoso: Tenant, federation: Federation) -> None:
    guest = GuestFactory(
        tenant=contoso,
        address=f"a@{PARTNER}",
        display_name="Anna Ahlberg",
        accepted_with=federation.issuer,
        subject="1",
    )
    reader: User = MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,))
    browser: Client = signed_in(reader)
    url = reverse("identityproviders:consequences_guests")
    query = ProposedChange.without_provider(str(federation.pk)).query

    page = browser.get(f"{url}?{query}&effect=lose&back=/external-identities/")

    assert guest.display_name in page.content.decode()
    assert 'href="/external-identities/"' in page.content.decode()
    page = browser.get(f"{url}?{query}&effect=lose&back=//evil.example/")
    assert 'href="//evil' not in page.content.decode()
    assert browser.get(f"{url}?{query}&effect=nonsense").status_code == 404
    assert browser.get(f"{url}?effect=lose").status_code == 404


@pytest.mark.rule("BET-2", "INV-17")
def test_guests_of_the_list_can_be_selected_and_reset(
    contoso: Tenant, federation: Federation
) -> None:
    guest = GuestFactory(
        tenant=contoso,
        address=f"a@{PARTNER}",
        accepted_with=federation.issuer,
        subject="1",
    )
    url = reverse("identityproviders:consequences_guests")
    query = ProposedChange.without_provider(str(federation.pk)).query
    administrator = signed_in(MemberFactory(tenant=contoso, roles=(Role.GLOBAL_ADMINISTRATOR,)))
    reader = signed_in(MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,)))

    page = read_page(administrator.get(f"{url}?{query}&effect=lose"))

    assert [box.value for box in page.fields("user")] == [str(guest.pk)]
    command = page.find("button", "Reset redemption")
    assert command.get("formaction") == reverse("invitations:reset_selected")
    assert read_page(reader.get(f"{url}?{query}&effect=lose")).fields("user") == []


@pytest.fixture
def all_kinds(contoso: Tenant, fabrikam: Tenant, federation: Federation) -> list[User]:
    """Guests of every kind: each differs from the others in one thing that decides."""
    PasscodeRule.objects.create(tenant=contoso, domain="forbidden.example", effect="forbid")
    SocialProvider.objects.create(tenant=contoso, kind="google.com", client_id="id")
    PersonalAccount.objects.create(address_key="personal@elsewhere.example", password="")
    MemberFactory(tenant=fabrikam, email="Upper.Case@fabrikam.com")
    MemberFactory(tenant=fabrikam, email="both@fabrikam.com")
    PersonalAccount.objects.create(address_key="both@fabrikam.com", password="")
    homes = [MemberFactory(tenant=fabrikam, email=f"home{n}@fabrikam.com") for n in range(2)]
    User.unscoped.filter(pk=homes[1].pk).update(account_enabled=False)
    pending = [
        "plain@elsewhere.example",
        "again@elsewhere.example",
        "personal@elsewhere.example",
        "upper.case@fabrikam.com",
        "both@fabrikam.com",
        "nobody@fabrikam.com",
        f"pending@{PARTNER}",
        "pending@gmail.com",
        "pending@forbidden.example",
        "pending@bücher.example",
    ]
    guests = [GuestFactory(tenant=contoso, address=address) for address in pending]
    guests += [
        GuestFactory(tenant=contoso, address=address, **bound)
        for address, bound in [
            ("code@elsewhere.example", {"accepted_with": "mail"}),
            ("code@forbidden.example", {"accepted_with": "mail"}),
            ("moved@new.example", {"accepted_with": "mail", "subject": "old@forbidden.example"}),
            (f"saml@{PARTNER}", {"accepted_with": federation.issuer, "subject": "1"}),
            ("removed@gone.example", {"accepted_with": "https://gone.example/", "subject": "2"}),
            ("google@gmail.com", {"accepted_with": "google.com", "subject": "3"}),
            ("msa@outlook.example", {"accepted_with": "MicrosoftAccount", "subject": "4"}),
            ("text@fabrikam.com", {"accepted_with": "ExternalAzureAD", "subject": "no id"}),
            *(
                (
                    f"home{n}@fabrikam.com",
                    {
                        "accepted_with": "ExternalAzureAD",
                        "provider_key": str(fabrikam.pk),
                        "subject": subject,
                    },
                )
                for n, subject in enumerate(
                    [str(homes[0].pk), str(homes[1].pk), "0" * 8 + str(homes[0].pk)[8:]]
                )
            ),
        ]
    ]
    ruled = GuestFactory(tenant=contoso, address="ruled@elsewhere.example")
    PasscodeRule.objects.create(tenant=contoso, user=ruled, effect="force")
    internal = [
        GuestFactory(tenant=contoso, address=f"internal{n}@elsewhere.example") for n in range(3)
    ]
    for guest, mail in zip(
        internal, ["personal@elsewhere.example", "I@BÜCHER.example", "no address"], strict=True
    ):
        User.unscoped.filter(pk=guest.pk).update(
            invited_address="", invited_address_key="", mail=mail
        )
    return [*guests, ruled, *internal]


@pytest.mark.rule("BET-2", "HRD-6")
@pytest.mark.parametrize(
    "change",
    [
        ProposedChange.without_provider("google.com"),
        ProposedChange.without_domain(PARTNER),
        ProposedChange.with_domain("bücher.example".encode("idna").decode(), Provider("7", "P")),
        ProposedChange.with_order(RedemptionOrder(primary=(), passcode_fallback=False)),
        ProposedChange.with_order(RedemptionOrder(microsoft_account_fallback=False)),
        ProposedChange.with_rule("elsewhere.example", Rule.FORBID),
        ProposedChange.with_rule("forbidden.example", None),
        ProposedChange.with_orders({"fabrikam.com": RedemptionOrder(primary=())}),
    ],
    ids=lambda change: change.query,
)
def test_groups_decide_as_each_guest_alone(
    contoso: Tenant, all_kinds: list[User], change: ProposedChange
) -> None:
    now, settings = timezone.now(), discovery_settings(contoso)
    facts = discovery_facts(contoso, User.objects.of(contoso).external())
    changed = change.settings(settings)
    alone = {
        pk: (fact.decide(settings, now), change.facts(None, fact).decide(changed, now))
        for pk, fact in facts.items()
    }

    found = preview.find_consequences(contoso, change, now)

    assert found.guests == len(alone) == len(all_kinds) - 1
    listed = {
        guest.user.pk: guest
        for wanted in (AffectedGuests.LOSE, AffectedGuests.GAIN, AffectedGuests.UNCHANGED)
        for guest in affected_guests(contoso, found, wanted).guests
    }
    assert {pk: guest.address for pk, guest in listed.items()} == {
        pk: before.address for pk, (before, _after) in alone.items()
    }
    assert {
        pk: (guest.before.row, guest.before.label, guest.after.row, guest.after.label)
        for pk, guest in listed.items()
    } == {
        pk: (before.row, before.label, after.row, after.label)
        for pk, (before, after) in alone.items()
    }


@pytest.mark.rule("BET-2")
def test_a_guest_with_two_identities_of_one_issuer_is_counted_once(contoso: Tenant) -> None:
    guest = GuestFactory(tenant=contoso, accepted_with="google.com", subject="1")
    bind_identity(guest, issuer="google.com", provider_key="x", subject="2")

    found = preview.find_consequences(contoso, ProposedChange(with_google=True), timezone.now())

    assert found.guests == 1


@pytest.mark.rule("BET-2", "USR-10")
def test_the_affected_guests_come_page_by_page_with_a_fixed_number_of_queries(
    contoso: Tenant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = [
        GuestFactory(tenant=contoso, address=f"g{n}@{PARTNER}", accepted_with="mail")
        for n in range(51)
    ]
    change = ProposedChange.with_rule(PARTNER, Rule.FORBID)
    found = preview.find_consequences(contoso, change, timezone.now())

    with django_assert_num_queries(1):
        first = affected_guests(contoso, found, AffectedGuests.LOSE)
    with django_assert_num_queries(2):
        second = affected_guests(contoso, found, AffectedGuests.LOSE, after=first.next_after)

    assert (len(first.guests), len(second.guests), second.next_after) == (50, 1, "")
    pages = [*first.guests, *second.guests]
    assert {guest.user.pk for guest in pages} == {guest.pk for guest in made}
