"""Strangers sign up through a user flow with providers of the tenant (SSU-1, SSU-2)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from guests.models import CreationType, Identity, User
from identityproviders.models import Federation, SignInTransaction, SocialProvider
from invitations.actions import user_flows
from invitations.actions.user_flows import FlowSettings
from invitations.models import CollaborationPolicy
from portal.tenants.models import Tenant
from tests.counterparts.openid import OpenIDProvider
from tests.federation.conftest import ADA, TERI, Guest

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
    user_flows.create(contoso, "partners", offered, by=grace)


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
    assert not re.search("Review permissions", page.content.decode())
