"""Test this provider: what an administrator sees of a real sign-in, and that nothing happens."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from guests.models import Identity, User
from identityproviders.models import Federation, OpenIDClient, RoundTrip, SocialProvider
from portal.audit.models import SignInEvent
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory
from tests.support.counterparts.node import NodeProvider
from tests.support.counterparts.openid import OpenIDProvider, form_of
from tests.support.federated_guest import EMAIL, answer_of, person, post
from tests.support.page import read_page

pytestmark = pytest.mark.django_db


class Trial:
    """An administrator who tests a provider."""

    def __init__(self, user: User, key: object) -> None:
        self.client = Client()
        self.client.force_login(user)
        self.url = reverse("identityproviders:test_provider", args=[str(key)])

    def start(self) -> str:
        """Press *Start the test*; the address at the provider."""
        page = self.client.post(self.url)
        assert page.status_code == 200
        return read_page(page).goes_on_to

    def get(self, url: str) -> HttpResponse:
        page: Any = self.client.get(re.sub(r"^https?://[^/]+", "", url), follow=True)
        return page  # type: ignore[no-any-return]

    def text(self, url: str) -> str:
        """What the page says, without its tags."""
        page = self.get(url)
        assert page.status_code == 200
        return read_page(page).find("main").text


def rows() -> tuple[int, ...]:
    """What a trial must not add to."""
    return User.unscoped.count(), Identity.unscoped.count(), SignInEvent.unscoped.count()


@pytest.mark.rule("IDP-13", "SEC-46")
@pytest.mark.parametrize("protocol", ["saml", "wsfed"])
def test_a_saml_or_ws_fed_trial_shows_claims_checks_and_what_would_be_bound(
    grace: User, contoso: Tenant, partner: NodeProvider, protocol: str, request: Any
) -> None:
    federation: Federation = request.getfixturevalue(protocol)
    trial = Trial(grace, federation.pk)
    before = rows()
    session = trial.client.session.session_key
    text = trial.text(post(*answer_of(trial.start()))["Location"])
    subject = "subject-1" if protocol == "saml" else "immutable-subject-1"
    for words in (
        "A guest invited as ada@partner.example would be signed in",
        "Signature Passed RSA SHA256",
        "Audience Passed",
        f"{EMAIL} ada@partner.example",
        f"Subject {subject}",
        f"Issuer {federation.issuer}",
    ):
        assert words in text, text
    assert "Failed" not in text
    assert rows() == before
    assert trial.client.session.session_key == session


@pytest.mark.rule("IDP-13", "SEC-69")
def test_a_trial_posts_its_request_where_the_partner_wants_that(
    grace: User, saml: Federation, partner: NodeProvider
) -> None:
    Federation.objects.of(grace.tenant).update(binding=Federation.Binding.POST)
    trial = Trial(grace, saml.pk)
    page = trial.client.post(trial.url)
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert f"form-action 'self' {partner.url}" in policy
    action, fields = form_of(page.content.decode().partition("<h2>Continue")[2])
    assert (action, set(fields)) == (saml.endpoint, {"SAMLRequest", "RelayState"})
    text = trial.text(post(*answer_of(action, fields))["Location"])
    assert "The answer was believed." in text


@pytest.mark.rule("IDP-18", "SEC-35")
def test_an_openid_trial_shows_them_too(
    grace: User, custom: Federation, openid: OpenIDProvider
) -> None:
    trial = Trial(grace, custom.pk)
    before = rows()
    text = trial.text(openid.authorize(trial.start(), "sub-ada"))
    for words in (
        "would be signed in",
        "Discovery document Passed",
        "Nonce Passed",
        "email_verified true",
        "Subject sub-ada",
        "name Ada",
    ):
        assert words in text, text
    assert rows() == before


@pytest.mark.rule("IDP-5", "SEC-35")
def test_a_google_trial_shows_an_unverified_address_as_what_it_is(
    grace: User, google: SocialProvider, openid: OpenIDProvider
) -> None:
    openid.register("sub-teri", email="teri@gmail.com", email_verified=False)
    trial = Trial(grace, "google.com")
    text = trial.text(openid.authorize(trial.start(), "sub-teri"))
    assert "is no authority on it" in text
    assert "Issuer google.com" in text
    assert "Address proven None" in text


def test_facebook_has_a_test_and_unknown_providers_have_none(grace: User) -> None:
    SocialProvider.objects.create(
        tenant=grace.tenant, kind="facebook.com", client_id="app", client_secret="a secret"
    )
    facebook = Trial(grace, "facebook.com")
    assert facebook.client.get(facebook.url).status_code == 200
    assert facebook.start().startswith("https://")
    for key in ("google.com", "example.com", "7b1de34c-ea9b-4d5b-a3ec-4d8f13ef9f6b"):
        trial = Trial(grace, key)
        assert trial.client.get(trial.url).status_code == 404
        assert trial.client.post(trial.url).status_code == 404


@pytest.mark.rule("SEC-46", "BET-24")
def test_a_failed_trial_shows_the_reason_and_every_other_check(
    grace: User, saml: Federation, partner: NodeProvider
) -> None:
    trial = Trial(grace, saml.pk)
    url = trial.start()
    partner.sign_in(person(audience="https://other.example/"))
    text = trial.text(post(*answer_of(url))["Location"])
    assert "A guest could not sign in with this answer." in text
    assert "meant for the audience “https://other.example/”" in text
    assert "error code 50008" in text
    assert "Audience Failed" in text
    assert "Recipient Passed" in text
    assert EMAIL in text


@pytest.mark.rule("SEC-90", "IDP-19")
def test_a_provider_that_cannot_be_asked_is_said_at_once(
    grace: User, custom: Federation, openid: OpenIDProvider, settings: Any
) -> None:
    trial = Trial(grace, custom.pk)
    OpenIDClient.objects.of(grace.tenant).update(well_known_url=f"{openid.url}/nothing")
    page = trial.client.post(trial.url)
    assert page.status_code == 400
    assert "could not be asked" in page.content.decode()
    settings.PORTAL_FETCH_NETWORKS = []
    assert "may not call this address" in trial.client.post(trial.url).content.decode()


@pytest.mark.rule("IDP-4")
def test_a_trial_shows_no_secret(grace: User, custom: Federation, openid: OpenIDProvider) -> None:
    trial = Trial(grace, custom.pk)
    page = trial.client.get(trial.url).content.decode()
    page += trial.get(openid.authorize(trial.start(), "sub-ada")).content.decode()
    assert "a secret" not in page


@pytest.mark.rule("SEC-50", "SEC-42")
def test_only_the_browser_that_began_the_trial_sees_its_result(
    grace: User, saml: Federation, partner: NodeProvider
) -> None:
    trial = Trial(grace, saml.pk)
    arrival = post(*answer_of(trial.start()))["Location"]
    colleague = Trial(AdministratorFactory(tenant=grace.tenant), saml.pk)
    assert colleague.get(arrival).status_code == 410
    assert Client().get(arrival).status_code == 410
    assert trial.get(arrival).status_code == 200
    result = reverse(
        "identityproviders:trial_result", args=[str(saml.pk), RoundTrip.unscoped.get().pk]
    )
    assert trial.get(result).status_code == 200
    assert colleague.get(result).status_code == 404


@pytest.mark.rule("USR-12", "SEC-78")
def test_who_may_only_read_sees_the_test_disabled(
    grace: User, saml: Federation, contoso: Tenant
) -> None:
    reader = Trial(MemberFactory(tenant=contoso, roles=[Role.GLOBAL_READER]), saml.pk)
    page = read_page(reader.client.get(reader.url))
    assert "Needs one of these roles" in page.text
    assert page.find("button", containing="Start the test").is_disabled
    assert reader.client.post(reader.url).status_code == 403
    assert not RoundTrip.unscoped.exists()


def test_our_metadata_is_for_the_partners_program(client: Client, saml: Federation) -> None:
    url = reverse("identityproviders:service_provider", args=[saml.tenant_id, saml.pk])
    document = client.get(url).content.decode()
    assert f'entityID="http://127.0.0.1:8000/{saml.tenant_id}/"' in document
    assert f"/{saml.tenant_id}/saml/{saml.pk}/acs/" in document
