"""Strangers sign up through a user flow with providers of the tenant (SSU-1, SSU-2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from guests.models import CreationType, Identity, User
from identityproviders.discovery.queries import expected_methods_of
from identityproviders.models import Federation, SignInTransaction, SocialProvider
from invitations.models import CollaborationPolicy, UserFlow
from invitations.user_flows.actions import FlowSettings, create_user_flow
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import GuestFactory
from tests.support.counterparts.openid import OpenIDProvider
from tests.support.federated_guest import ADA, TERI, Guest
from tests.support.invitations import newest_code

pytestmark = pytest.mark.django_db

SIGN_UP = "/contoso.com/sign-up/B2X_1_partners/"


class Stranger(Guest):
    """One browser of somebody whom nobody invited."""

    def __init__(self, tenant: Tenant, address: str) -> None:
        self.tenant, self.address, self.client = tenant, address, Client()

    def sign_up(self) -> Any:
        return self.client.post(SIGN_UP, {"address": self.address}, follow=True)

    def create(self) -> Any:
        return self.client.post("/sign-up/details/", {"create": "yes"})


@pytest.fixture
def flow(contoso: Tenant, grace: User) -> None:
    CollaborationPolicy.objects.create(tenant=contoso, is_self_service_allowed=True)
    offered = FlowSettings(offers_google=True, offers_passcode=True)
    create_user_flow(contoso, "partners", offered, by=grace)


@pytest.mark.rule("SSU-1", "SSU-2", "IDP-6")
def test_a_google_account_makes_an_accepted_guest(
    flow: None, contoso: Tenant, google: SocialProvider, openid: OpenIDProvider
) -> None:
    teri = Stranger(contoso, TERI)
    url = teri.continued(teri.sign_up())
    page = teri.come_back(openid.authorize(url, "sub-teri"))
    assert "Review permissions" in page.content.decode()
    assert teri.create().status_code == 303
    assert teri.is_signed_in
    guest = User.objects.of(contoso).external().get()
    assert (guest.creation_type, guest.is_accepted) == (CreationType.SELF_SERVICE, True)
    assert Identity.unscoped.get(user=guest).issuer == "google.com"


@pytest.mark.rule("SSU-1", "IDP-6", "SEC-25")
def test_another_google_account_than_the_typed_address_is_refused(
    flow: None, contoso: Tenant, google: SocialProvider, openid: OpenIDProvider
) -> None:
    openid.register("sub-other", email="other@gmail.com", email_verified=True)
    teri = Stranger(contoso, TERI)
    page = teri.come_back(openid.authorize(teri.continued(teri.sign_up()), "sub-other"))
    assert page.status_code == 403
    assert not User.objects.of(contoso).external().exists()


@pytest.fixture
def facebook(
    contoso: Tenant, flow: None, openid: OpenIDProvider, settings: Settings
) -> SocialProvider:
    """Facebook configured and offered, with the mock in its place."""
    settings.PORTAL_FACEBOOK_DIALOG_URL = f"{openid.url}/oauth2/authorize"
    settings.PORTAL_FACEBOOK_TOKEN_URL = f"{openid.url}/oauth2/token"
    settings.PORTAL_FACEBOOK_PROFILE_URL = f"{openid.url}/userinfo"
    openid.register("sub-fay", id="10210", email=ADA)
    UserFlow.objects.of(contoso).update(offers_facebook=True)
    row: SocialProvider = SocialProvider.objects.create(
        tenant=contoso, kind="facebook.com", client_id="contoso", client_secret="a secret"
    )
    return row


def with_facebook(stranger: Stranger, openid: OpenIDProvider, subject: str = "sub-fay") -> Any:
    """Choose Facebook on the sign-up page, sign in there, come back."""
    data = {"address": stranger.address, "facebook": "yes"}
    page = stranger.client.post(SIGN_UP, data, follow=True)
    return stranger.come_back(openid.authorize(stranger.continued(page), subject))


def type_code(stranger: Stranger) -> Any:
    stranger.client.post("/signin/code/")
    return stranger.client.post("/signin/code/enter/", {"code": newest_code()}, follow=True)


@pytest.mark.rule("IDP-8", "SSU-1", "RED-8", "T5")
@pytest.mark.parametrize("says_address", [True, False])
def test_a_facebook_account_and_a_code_make_a_guest_who_comes_back_with_facebook(
    facebook: SocialProvider, contoso: Tenant, openid: OpenIDProvider, says_address: bool
) -> None:
    if not says_address:
        openid.register("sub-fay", id="10210")
    sweeper.note_heartbeat("tests", ["passcode"])
    ada = Stranger(contoso, ADA)
    assert "Continue with Facebook" in ada.client.get(SIGN_UP).content.decode()
    assert "Send code" in with_facebook(ada, openid).content.decode()
    assert "Review permissions" in type_code(ada).content.decode()
    ada.create()
    guest = User.objects.of(contoso).external().get()
    identity = Identity.unscoped.get(user=guest)
    assert (identity.issuer, identity.subject) == ("facebook.com", "10210")
    ada.client.logout()
    ada.come_back(openid.authorize(ada.type_address(), "sub-fay"))
    assert ada.is_signed_in


@pytest.mark.rule("IDP-8", "SEC-25")
def test_facebook_with_another_address_is_refused(
    facebook: SocialProvider, contoso: Tenant, openid: OpenIDProvider
) -> None:
    openid.register("sub-eve", id="666", email="eve@other.example")
    page = with_facebook(Stranger(contoso, ADA), openid, "sub-eve")
    assert page.status_code == 403
    assert not User.objects.of(contoso).external().exists()


@pytest.mark.rule("IDP-8", "HRD-8")
def test_facebook_is_offered_on_no_other_page(
    facebook: SocialProvider, contoso: Tenant, grace: User
) -> None:
    ada = Guest(contoso, by=grace, address=ADA)
    assert "Facebook" not in ada.press_accept().content.decode()
    assert "Facebook" not in ada.client.get("/contoso.com/signin/").content.decode()
    UserFlow.objects.of(contoso).update(offers_facebook=False)
    assert "Facebook" not in ada.client.get(SIGN_UP).content.decode()
    data = {"address": "new@partner.example", "facebook": "yes"}
    assert ada.client.post(SIGN_UP, data)["Location"] == "/signin/code/"


@pytest.mark.rule("IDP-8", "T20")
def test_without_facebook_its_guests_cannot_sign_in(
    facebook: SocialProvider, contoso: Tenant
) -> None:
    guest = GuestFactory(tenant=contoso, address=ADA, accepted_with="facebook.com", subject="1")
    assert expected_methods_of(contoso, [guest])[guest.pk].label == "Facebook"
    SocialProvider.objects.of(contoso).delete()
    assert expected_methods_of(contoso, [guest])[guest.pk].row == "T20-7"


@pytest.mark.rule("SSU-1", "IDP-18")
def test_people_of_a_federated_organization_sign_up_there(
    flow: None, contoso: Tenant, custom: Federation, openid: OpenIDProvider
) -> None:
    ada = Stranger(contoso, ADA)
    ada.come_back(openid.authorize(ada.continued(ada.sign_up()), "sub-ada"))
    ada.create()
    guest = User.objects.of(contoso).external().get()
    assert (guest.mail, guest.identity_issuer) == (ADA, openid.url)


@pytest.mark.rule("SSU-1", "IDP-20", "RED-8")
def test_an_address_that_the_provider_did_not_verify_needs_a_code_too(
    flow: None, contoso: Tenant, custom: Federation, openid: OpenIDProvider
) -> None:
    openid.register("sub-ada", email=ADA, email_verified=False)
    ada = Stranger(contoso, ADA)
    page = ada.come_back(openid.authorize(ada.continued(ada.sign_up()), "sub-ada"))
    assert "Send code" in page.content.decode()
    txn = SignInTransaction.unscoped.get()
    assert (txn.proof_key, txn.proven_issuer) == (ADA, "")
    assert "Review permissions" not in page.content.decode()
