"""Guests redeem with their own providers, and sign in again (T19, T20, EX-3, EX-26)."""

from __future__ import annotations

import pytest

from guests.models import Identity, Issuer
from identityproviders.models import Federation, RedemptionOrder, SocialProvider
from identityproviders.passcodes.policy.models import default_primary
from portal.audit.models import SignInEvent
from portal.tenants.models import Tenant
from tests.factories import MemberFactory
from tests.support.counterparts.node import NodeProvider
from tests.support.counterparts.openid import OpenIDProvider
from tests.support.federated_guest import (
    ADA,
    ISSUER,
    TERI,
    Guest,
    answer_of,
    failures,
    federation,
    person,
    post,
)

pytestmark = pytest.mark.django_db


def identity_of(guest: Guest) -> tuple[str, str, str]:
    found = Identity.objects.of(guest.tenant).get(user=guest.user)
    return found.issuer, found.provider_key, found.subject


@pytest.mark.rule("EX-26", "IDP-13", "SEC-34", "T5")
def test_a_guest_redeems_by_saml_and_signs_in_again(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    consent = ada.post_back(ada.open_invitation())
    assert "Review permissions" in consent.content.decode()
    assert not ada.is_signed_in
    ada.accept()
    assert ada.is_signed_in
    assert ada.refreshed().is_accepted
    assert identity_of(ada) == (ISSUER, str(saml.pk), "subject-1")
    assert ada.refreshed().identity_issuer == ISSUER

    ada.client.logout()
    ada.post_back(ada.type_address())
    assert ada.is_signed_in


@pytest.mark.rule("IDP-13", "SEC-69")
def test_a_saml_partner_may_want_its_requests_posted(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    Federation.objects.of(ada.tenant).update(binding=Federation.Binding.POST)
    page = ada.press_accept()
    action, fields = ada.form(page)
    assert action == saml.endpoint
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert f"form-action 'self' {partner.url}" in policy
    ada.arrive(post(*answer_of(action, fields)))
    ada.accept()
    assert identity_of(ada) == (ISSUER, str(saml.pk), "subject-1")


@pytest.mark.rule("IDP-13", "T5")
def test_a_guest_redeems_by_ws_federation_and_signs_in_again(
    ada: Guest, wsfed: Federation, partner: NodeProvider
) -> None:
    ada.post_back(ada.open_invitation())
    ada.accept()
    assert ada.is_signed_in
    assert identity_of(ada) == (ISSUER, str(wsfed.pk), "immutable-subject-1")

    ada.client.logout()
    ada.post_back(ada.type_address())
    assert ada.is_signed_in


@pytest.mark.rule("IDP-18", "SEC-42", "T5")
def test_a_guest_redeems_by_openid_connect_and_signs_in_again(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    ada.come_back(openid.authorize(ada.open_invitation(), "sub-ada"))
    ada.accept()
    assert ada.is_signed_in
    assert identity_of(ada) == (openid.url, str(custom.pk), "sub-ada")

    ada.client.logout()
    ada.come_back(openid.authorize(ada.type_address(), "sub-ada"))
    assert ada.is_signed_in


@pytest.mark.rule("EX-3", "IDP-5", "T5")
def test_ex_3_a_gmail_guest_redeems_with_google(
    teri: Guest, google: SocialProvider, openid: OpenIDProvider
) -> None:
    url = teri.open_invitation()
    assert teri.transaction.discovery_row == "D4"
    assert f"/te/{teri.tenant.pk}/oauth2/authresp" in url.replace("%2F", "/")
    assert "login_hint=teri%40gmail.com" in url
    assert "prompt=select_account" in url
    teri.come_back(openid.authorize(url, "sub-teri"))
    teri.accept()
    assert teri.is_signed_in
    assert identity_of(teri) == (Issuer.GOOGLE, "google.com", "sub-teri")


@pytest.mark.rule("IDP-5")
def test_google_may_come_back_by_the_initial_domain(
    teri: Guest, google: SocialProvider, openid: OpenIDProvider
) -> None:
    back = openid.authorize(teri.open_invitation(), "sub-teri")
    teri.come_back(back.replace(str(teri.tenant.pk), teri.tenant.initial_domain))
    assert teri.transaction.step == "consent"


@pytest.mark.rule("IDP-6", "SEC-25")
def test_another_google_account_is_refused_and_the_guest_stays_pending(
    teri: Guest, google: SocialProvider, openid: OpenIDProvider
) -> None:
    openid.register("sub-other", email="other@gmail.com", email_verified=True)
    page = teri.come_back(openid.authorize(teri.open_invitation(), "sub-other"))
    assert page.status_code == 403
    assert teri.refreshed().is_pending
    assert not Identity.objects.of(teri.tenant).filter(user=teri.user).exists()
    assert failures(teri.tenant)[0][0] == 50020


@pytest.mark.rule("SEC-25", "SEC-35", "IDP-20", "RED-8")
@pytest.mark.parametrize("verified", [False, "true", None])
def test_an_unverified_address_needs_a_passcode_too(
    ada: Guest, custom: Federation, openid: OpenIDProvider, verified: object
) -> None:
    claims = {"email": ADA} | ({} if verified is None else {"email_verified": verified})
    openid.register("sub-ada", **claims)
    page = ada.come_back(openid.authorize(ada.open_invitation(), "sub-ada"))
    assert "Send code" in page.content.decode()
    assert ada.transaction.proven_at is None
    assert ada.refreshed().is_pending


@pytest.mark.rule("SEC-37")
def test_later_sign_ins_go_by_the_key_whatever_address_is_claimed(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    ada.come_back(openid.authorize(ada.open_invitation(), "sub-ada"))
    ada.accept()
    ada.client.logout()
    openid.register("sub-ada", email="renamed@partner.example", email_verified=True)
    ada.come_back(openid.authorize(ada.type_address(), "sub-ada"))
    assert ada.is_signed_in
    assert ada.refreshed().invited_address == ADA

    ada.client.logout()
    openid.register("sub-thief", email=ADA, email_verified=True)
    page = ada.come_back(openid.authorize(ada.type_address(), "sub-thief"))
    assert page.status_code == 403
    assert not ada.is_signed_in


@pytest.mark.rule("RED-6")
def test_a_stranger_of_a_federated_domain_ends_with_50020(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    partner.sign_in(person("eve@partner.example", "subject-eve"))
    ada.address = "eve@partner.example"
    page = ada.post_back(ada.type_address())
    assert page.status_code == 403
    assert failures(ada.tenant)[0][0] == 50020


@pytest.mark.rule("EX-26", "HRD-4", "T16")
def test_ex_26_order_decides_between_the_organization_and_the_federation(
    ada: Guest, saml: Federation, contoso: Tenant
) -> None:
    MemberFactory(email=ADA)
    ada.press_accept()
    assert ada.transaction.discovery_row == "D2"

    primary = default_primary()
    RedemptionOrder.objects.create(tenant=contoso, primary=[primary[1], primary[0], primary[2]])
    ada.open_invitation()
    assert ada.transaction.discovery_row == "D3"


@pytest.mark.rule("T20", "IDP-16")
def test_a_removed_provider_refuses_its_guests(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    ada.post_back(ada.open_invitation())
    ada.accept()
    ada.client.logout()
    saml.delete()
    page = ada.client.post("/contoso.com/signin/", {"address": ADA}, follow=True)
    assert page.status_code == 403
    assert failures(ada.tenant)[0][0] == 50107


@pytest.mark.rule("T20", "SEC-34")
def test_a_provider_that_was_set_up_again_is_another_one(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    ada.post_back(ada.open_invitation())
    ada.accept()
    ada.client.logout()
    saml.delete()
    federation(ada.tenant, "saml", partner)
    page = ada.client.post("/contoso.com/signin/", {"address": ADA}, follow=True)
    assert page.status_code == 403
    assert failures(ada.tenant)[0][0] == 50107


@pytest.mark.rule("T20", "IDP-16")
def test_a_provider_removed_while_the_guest_is_there_refuses_too(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    ada.open_invitation()
    saml.delete()
    page = ada.get("/signin/provider/")
    assert page.status_code == 403
    assert failures(ada.tenant)[0] == (50107, "This identity provider is not set up any more.")


@pytest.mark.rule("LOG-1", "T24")
def test_the_log_names_provider_method_and_row(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    ada.post_back(ada.open_invitation())
    ada.accept()
    row = SignInEvent.objects.of(ada.tenant).get(status="success")
    assert (row.identity_provider, row.method, row.discovery_row) == (ISSUER, "federation", "D3")


@pytest.mark.rule("T22", "SEC-63")
def test_a_federated_session_ends_after_24_hours(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    ada.post_back(ada.open_invitation())
    ada.accept()
    assert 24 * 3600 - 60 < ada.client.session.get_expiry_age() <= 24 * 3600


@pytest.mark.rule("SEC-25")
def test_teri_is_not_believed_to_be_ada(
    teri: Guest, google: SocialProvider, openid: OpenIDProvider
) -> None:
    openid.register("sub-teri", email=TERI, email_verified=False)
    teri.come_back(openid.authorize(teri.open_invitation(), "sub-teri"))
    assert teri.refreshed().is_pending
