"""What discovery reads: settings, resolvers, and the methods of many guests at once."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from guests.models import User
from identityproviders.discovery.decide import Entry, Method, Primary
from identityproviders.discovery.queries import expected_method, expected_methods_of
from identityproviders.models import (
    Federation,
    FederationDomain,
    PasscodeRule,
    PersonalAccount,
    RedemptionOrder,
    SocialProvider,
)
from portal.errors import Unavailable
from portal.tenants.models import Tenant
from portal.values import email_address
from tests.factories import GuestFactory, MemberFactory
from tests.support.visitor import PRIYA, SetPolicy

SAVEPOINTS = 14
"""Inside a transaction, as tests are, each of the seven resolver queries has a savepoint."""

pytestmark = pytest.mark.django_db


def method(tenant: Tenant, address: str, **options: Any) -> tuple[str, Method]:
    decision = expected_method(tenant, email_address.parse_email_address(address), **options)
    return decision.row, decision.method


def federate(tenant: Tenant, domain: str) -> Federation:
    federation: Federation = Federation.objects.create(
        tenant=tenant, display_name="Partner", protocol="saml", issuer="https://idp.example/"
    )
    FederationDomain.objects.create(tenant=tenant, federation=federation, name=domain)
    return federation


@pytest.mark.rule("HRD-1", "OTP-1", "EX-1")
def test_an_address_without_any_account_gets_a_code_ex_1(contoso: Tenant) -> None:
    assert method(contoso, "nicole@firstupconsultants.com") == ("D6", Method.PASSCODE)


@pytest.mark.rule("EX-2")
def test_a_google_address_gets_a_code_while_google_is_not_configured_ex_2(
    contoso: Tenant,
) -> None:
    assert method(contoso, "teri@gmail.com") == ("D6", Method.PASSCODE)


@pytest.mark.rule("EX-3", "IDP-6")
def test_a_google_address_goes_to_google_where_it_is_configured_ex_3(contoso: Tenant) -> None:
    SocialProvider.objects.create(tenant=contoso, kind="google.com", client_id="id")
    assert method(contoso, "teri@gmail.com") == ("D4", Method.GOOGLE)


@pytest.mark.rule("EX-4")
def test_a_personal_account_comes_before_the_code_ex_4(contoso: Tenant) -> None:
    PersonalAccount.objects.create(address_key=PRIYA, password=make_password("secret"))
    assert method(contoso, PRIYA) == ("D5", Method.PERSONAL)


@pytest.mark.rule("EX-5", "HRD-5", "BET-18")
def test_an_address_with_two_accounts_gets_the_choice_ex_5(
    contoso: Tenant, fabrikam: Tenant
) -> None:
    MemberFactory(tenant=fabrikam, email="ada@fabrikam.com")
    PersonalAccount.objects.create(address_key="ada@fabrikam.com", password="")
    assert method(contoso, "Ada@Fabrikam.com") == ("D1", Method.CHOOSER)
    RedemptionOrder.objects.create(tenant=contoso, microsoft_account_fallback=False)
    assert method(contoso, "ada@fabrikam.com") == ("D2", Method.ORGANIZATION)


@pytest.mark.rule("EX-6", "EX-7")
def test_without_codes_a_link_makes_an_account_and_a_direct_visit_is_refused_ex_6_ex_7(
    contoso: Tenant, set_policy: SetPolicy
) -> None:
    set_policy(contoso, stored="disabled")
    assert method(contoso, PRIYA) == ("D7", Method.CREATE_PERSONAL)
    assert method(contoso, PRIYA, entry=Entry.DIRECT) == ("D9", Method.REFUSED)


@pytest.mark.rule("HRD-1")
def test_members_of_the_host_and_disabled_members_are_no_organization_account(
    contoso: Tenant, fabrikam: Tenant
) -> None:
    MemberFactory(tenant=contoso, email="ada@contoso.com")
    disabled = MemberFactory(tenant=fabrikam, email="bob@fabrikam.com")
    User.unscoped.filter(pk=disabled.pk).update(account_enabled=False)
    assert method(contoso, "ada@contoso.com")[0] == "D6"
    assert method(contoso, "bob@fabrikam.com")[0] == "D6"


@pytest.mark.rule("EX-26", "HRD-4")
def test_the_redemption_order_decides_between_federation_and_organization_ex_26(
    contoso: Tenant, fabrikam: Tenant
) -> None:
    MemberFactory(tenant=fabrikam, email="ada@fabrikam.com")
    federate(contoso, "fabrikam.com")
    assert method(contoso, "ada@fabrikam.com")[0] == "D2"
    assert method(contoso, "eve@fabrikam.com")[0] == "D3"
    names = [Primary.FEDERATION, Primary.ORGANIZATION, Primary.SOCIAL]
    RedemptionOrder.objects.create(
        tenant=contoso, primary=[{"name": name.value, "enabled": True} for name in names]
    )
    assert method(contoso, "ada@fabrikam.com")[0] == "D3"


@pytest.mark.rule("EX-8", "OTC-8")
def test_the_date_alone_turns_codes_on_ex_8(contoso: Tenant, set_policy: SetPolicy) -> None:
    Tenant.objects.filter(pk=contoso.pk).update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    contoso.refresh_from_db()
    set_policy(contoso, automatic_on=date(2026, 1, 2))
    today = datetime(2026, 1, 1, 12, tzinfo=UTC)
    tomorrow = datetime(2026, 1, 2, tzinfo=UTC)
    assert method(contoso, "nicole@firstupconsultants.com", now=today)[0] == "D7"
    assert method(contoso, "nicole@firstupconsultants.com", now=tomorrow)[0] == "D6"


@pytest.mark.rule("HRD-1")
def test_a_resolver_that_fails_counts_as_no_match_and_is_logged(
    contoso: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    PersonalAccount.objects.create(address_key=PRIYA, password="")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE identityproviders_personalaccount RENAME TO away")
    with caplog.at_level(logging.ERROR):
        assert method(contoso, PRIYA) == ("D6", Method.PASSCODE)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE away RENAME TO identityproviders_personalaccount")
    assert "resolver_failed" in caplog.text
    assert method(contoso, PRIYA) == ("D5", Method.PERSONAL)


@pytest.mark.rule("BET-10", "HRD-1")
def test_no_code_is_sent_while_the_rules_cannot_be_read(
    contoso: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    PasscodeRule.unscoped.create(tenant=contoso, domain=PRIYA.partition("@")[2], effect="forbid")
    assert method(contoso, PRIYA)[1] is not Method.PASSCODE
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE identityproviders_passcoderule RENAME TO away")
    with caplog.at_level(logging.ERROR), pytest.raises(Unavailable):
        method(contoso, PRIYA)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE away RENAME TO identityproviders_passcoderule")
    assert "passcode_rules_failed" in caplog.text
    assert method(contoso, PRIYA)[1] is not Method.PASSCODE


@pytest.mark.rule("HRD-2", "HRD-3", "DIR-24")
def test_accepted_guests_keep_their_method_and_pending_ones_follow_the_settings(
    contoso: Tenant, set_policy: SetPolicy
) -> None:
    accepted = GuestFactory(tenant=contoso, address=PRIYA, accepted_with="mail")
    pending = GuestFactory(tenant=contoso, address="lee@wingtiptoys.com")
    member = MemberFactory(tenant=contoso)
    PersonalAccount.objects.create(address_key=PRIYA, password="")
    found = expected_methods_of(contoso, [accepted, pending, member])
    assert {pk: d.row for pk, d in found.items()} == {accepted.pk: "T20-1", pending.pk: "D6"}
    set_policy(contoso, stored="disabled")
    found = expected_methods_of(contoso, [accepted, pending])
    assert {pk: d.row for pk, d in found.items()} == {accepted.pk: "T20-2", pending.pk: "D7"}


@pytest.mark.rule("HRD-2")
def test_an_accepted_guest_of_another_tenant_depends_on_the_account_there(
    contoso: Tenant, fabrikam: Tenant
) -> None:
    home = MemberFactory(tenant=fabrikam, email="ada@fabrikam.com")
    guest = GuestFactory(
        tenant=contoso,
        address="ada@fabrikam.com",
        accepted_with="ExternalAzureAD",
        provider_key=str(fabrikam.pk),
        subject=str(home.pk),
    )

    def row() -> tuple[str, int]:
        decision = expected_methods_of(contoso, [guest])[guest.pk]
        return decision.row, decision.code

    assert row() == ("T20-3", 0)
    User.unscoped.filter(pk=home.pk).update(account_enabled=False)
    assert row() == ("T20-4", 50057)
    User.unscoped.filter(pk=home.pk).update(deleted_at=timezone.now())
    assert row() == ("T20-4", 50034)


@pytest.mark.rule("IDP-7", "IDP-16")
def test_removing_a_provider_refuses_the_guests_who_accepted_with_it(contoso: Tenant) -> None:
    federation = federate(contoso, "partner.example")
    google = SocialProvider.objects.create(tenant=contoso, kind="google.com", client_id="id")
    saml = GuestFactory(tenant=contoso, accepted_with="https://idp.example/")
    teri = GuestFactory(tenant=contoso, address="teri@gmail.com", accepted_with="google.com")

    def rows() -> list[str]:
        found = expected_methods_of(contoso, [saml, teri])
        return [found[saml.pk].row, found[teri.pk].row]

    assert rows() == ["T20-6", "T20-6"]
    federation.delete()
    google.delete()
    assert rows() == ["T20-7", "T20-7"]


@pytest.mark.rule("HRD-6", "BET-1")
def test_the_number_of_queries_does_not_grow_with_the_guests(
    contoso: Tenant, fabrikam: Tenant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    home = MemberFactory(tenant=fabrikam, email="ada@fabrikam.com")
    GuestFactory(
        tenant=contoso,
        address="ada@fabrikam.com",
        accepted_with="ExternalAzureAD",
        subject=str(home.pk),
    )
    GuestFactory(tenant=contoso, accepted_with="mail")
    GuestFactory(tenant=contoso)
    few = list(User.objects.of(contoso).external())
    with django_assert_num_queries(15 + SAVEPOINTS):
        expected_methods_of(contoso, few)
    for _ in range(20):
        GuestFactory(tenant=contoso)
        GuestFactory(tenant=contoso, accepted_with="mail")
    many = list(User.objects.of(contoso).external())
    with django_assert_num_queries(15 + SAVEPOINTS):
        assert len(expected_methods_of(contoso, many)) == 43
