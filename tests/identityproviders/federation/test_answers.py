"""Answers that prove nothing: foreign, stolen, replayed, misdirected, wrong (SEC-42 to SEC-50)."""

from __future__ import annotations

import base64
import re
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connections
from django.db.models import F
from django.test import Client
from django.utils import timezone

from guests.models import Identity
from identityproviders.models import Federation, OpenIDClient, RoundTrip, SeenAssertion
from identityproviders.sign_in import purge
from portal.audit.models import SignInEvent
from portal.tenants.models import Tenant
from tests.factories import TenantFactory
from tests.support.counterparts.node import NodeProvider
from tests.support.counterparts.openid import OpenIDProvider
from tests.support.federated_guest import ADA, Guest, answer_of, failures, person, post
from tests.support.saml_forge import signer

pytestmark = pytest.mark.django_db


def reason_of(guest: Guest) -> str:
    """The newest reason in the log, after the guest saw nothing but the neutral page."""
    assert guest.refreshed().is_pending
    assert not guest.is_signed_in
    return failures(guest.tenant)[0][1]


# What the administrator learns


@pytest.mark.rule("SEC-46", "BET-24", "LOG-1")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"issuer": "https://evil.example"}, "issuer “https://evil.example”"),
        ({"audience": "https://other.example/"}, "audience “https://other.example/”"),
        ({"recipient": "https://other.example/acs"}, "recipient “https://other.example/acs”"),
        ({"destination": "https://other.example/acs"}, "meant for “https://other.example/acs”"),
        ({"lifetimeInSeconds": -600}, "no longer valid"),
        ({"signatureAlgorithm": "rsa-sha1"}, "SHA-256 or better"),
        ({"digestAlgorithm": "sha1"}, "SHA-256 or better"),
        ({"signAssertion": False}, "signed"),
    ],
)
def test_a_wrong_saml_answer_is_refused_and_the_log_says_why(
    ada: Guest,
    saml: Federation,
    partner: NodeProvider,
    options: dict[str, Any],
    words: str,
) -> None:
    url = ada.open_invitation()
    partner.sign_in(person(**options))
    page = ada.post_back(url)
    assert page.status_code == 403
    assert words not in page.content.decode()
    assert "Error code 50008" in page.content.decode()
    assert words in reason_of(ada)


@pytest.mark.rule("SEC-46", "BET-24")
def test_an_expired_certificate_is_the_reason_in_the_log(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    old = signer("old npm", days=(-8000, -4000))
    provider = NodeProvider(key=old.key, certificate=old.certificate, issuer=saml.issuer)
    try:
        provider.sign_in(person())
        Federation.objects.of(ada.tenant).filter(pk=saml.pk).update(
            certificates=old.certificate, endpoint=f"{provider.url}/saml"
        )
        ada.post_back(ada.open_invitation())
    finally:
        provider.stop()
    assert "certificate expired on" in reason_of(ada)


@pytest.mark.rule("IDP-14", "BET-24")
@pytest.mark.parametrize("address", ["ada@other.example", ""])
def test_a_foreign_or_missing_address_is_error_5000819(
    ada: Guest, saml: Federation, partner: NodeProvider, address: str
) -> None:
    url = ada.open_invitation()
    partner.sign_in(person(address))
    page = ada.post_back(url)
    assert "Error code 5000819" in page.content.decode()
    assert "e-mail claim" in reason_of(ada)


@pytest.mark.rule("SEC-25", "SEC-36")
def test_another_person_of_the_partner_is_refused(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    url = ada.open_invitation()
    partner.sign_in(person("eve@partner.example", "subject-eve"))
    assert ada.post_back(url).status_code == 403
    assert ada.refreshed().is_pending
    assert not Identity.objects.of(ada.tenant).filter(user=ada.user).exists()


@pytest.mark.rule("SEC-90", "SEC-45")
def test_an_unreachable_openid_provider_is_the_reason_in_the_log(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    OpenIDClient.objects.of(ada.tenant).update(well_known_url="http://127.0.0.1:9/nobody")
    page = ada.press_accept()
    assert "Error code 90006" in page.content.decode()
    assert "The provider could not be asked" in reason_of(ada)


@pytest.mark.rule("SEC-45")
def test_an_openid_provider_of_another_issuer_is_the_reason_in_the_log(
    ada: Guest, custom: Federation
) -> None:
    Federation.objects.of(ada.tenant).update(issuer="https://idp.partner.example")
    ada.press_accept()
    assert "not of “https://idp.partner.example”" in reason_of(ada)


@pytest.mark.rule("SEC-43")
def test_a_client_that_the_provider_refuses_is_the_reason_in_the_log(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    back = openid.authorize(ada.open_invitation(), "sub-ada")
    ada.come_back(re.sub(r"code=[^&]+", "code=unknown", back))
    assert failures(ada.tenant)[0] == (
        50012,
        "The provider refused our client: invalid_grant. Compare client ID and secret.",
    )


@pytest.mark.rule("SEC-42")
def test_a_guest_who_declines_at_the_provider_is_not_signed_in(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    url = ada.open_invitation()
    state = parse_qs(urlsplit(url).query)["state"][0]
    back = parse_qs(urlsplit(url).query)["redirect_uri"][0]
    page = ada.come_back(f"{back}?error=access_denied&state={state}")
    assert page.status_code == 403
    assert reason_of(ada).endswith("It says: access_denied")


# Whose answer it is


@pytest.mark.rule("SEC-42")
def test_missing_reused_and_foreign_states_are_refused(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    back = openid.authorize(ada.open_invitation(), "sub-ada")
    for other in (
        re.sub(r"state=[^&]+", "state=", back),
        re.sub(r"&state=[^&]+", "", back),
        re.sub(r"state=[^&]+", "state=AAAA", back),
    ):
        assert ada.come_back(other).status_code == 410
    stranger = Client().get(re.sub(r"^https?://[^/]+", "", back))
    assert stranger.status_code == 410
    assert ada.transaction.step == "method"

    assert ada.come_back(back).status_code == 200
    assert ada.come_back(back).status_code == 410
    assert ada.transaction.step == "consent"


@pytest.mark.rule("SEC-42")
@pytest.mark.parametrize(("minutes", "status"), [(9, 200), (10, 410)])
def test_an_answer_after_ten_minutes_is_refused(
    ada: Guest, custom: Federation, openid: OpenIDProvider, minutes: int, status: int
) -> None:
    back = openid.authorize(ada.open_invitation(), "sub-ada")
    RoundTrip.unscoped.update(expires_at=F("expires_at") - timedelta(minutes=minutes))
    assert ada.come_back(back).status_code == status


@pytest.mark.rule("SEC-42")
def test_going_to_the_provider_again_closes_the_earlier_passage(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    first = openid.authorize(ada.open_invitation(), "sub-ada")
    second = openid.authorize(ada.continued(ada.get("/signin/provider/")), "sub-ada")
    assert ada.come_back(first).status_code == 410
    assert ada.come_back(second).status_code == 200


@pytest.mark.rule("SEC-42")
def test_every_request_has_pkce_state_and_nonce_of_256_bits(ada: Guest, custom: Federation) -> None:
    query = {k: v[0] for k, v in parse_qs(urlsplit(ada.open_invitation()).query).items()}
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    for name in ("state", "nonce", "code_challenge"):
        assert len(base64.urlsafe_b64decode(query[name] + "=")) == 32
    row = RoundTrip.unscoped.get()
    assert query["state"] not in {row.request_id, str(row.pk)}


@pytest.mark.rule("SEC-45")
def test_an_answer_at_another_providers_address_is_refused(
    ada: Guest, custom: Federation, openid: OpenIDProvider, contoso: Tenant
) -> None:
    other = Federation.objects.create(
        tenant=contoso, display_name="Other", protocol="oidc", issuer="https://other.example"
    )
    back = openid.authorize(ada.open_invitation(), "sub-ada")
    assert ada.come_back(back.replace(str(custom.pk), str(other.pk))).status_code == 410
    google = f"/te/{contoso.pk}/oauth2/authresp?{urlsplit(back).query}"
    assert ada.come_back(google).status_code == 410
    assert ada.transaction.step == "method"


@pytest.mark.rule("SEC-45")
@pytest.mark.parametrize("issuer", ["https://evil.example", "", "{url}/"])
def test_another_issuer_in_the_response_is_refused(
    ada: Guest, custom: Federation, openid: OpenIDProvider, issuer: str
) -> None:
    back = openid.authorize(ada.open_invitation(), "sub-ada")
    ada.come_back(f"{back}&iss={issuer.format(url=openid.url)}")
    assert "The response comes from the issuer" in reason_of(ada)


@pytest.mark.rule("SEC-45")
def test_the_right_issuer_in_the_response_is_welcome(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    back = openid.authorize(ada.open_invitation(), "sub-ada")
    assert ada.come_back(f"{back}&iss={openid.url}").status_code == 200


# SAML and WS-Fed


@pytest.mark.rule("SEC-50")
def test_a_stolen_handle_is_refused_in_another_browser(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    arrival = post(*answer_of(ada.open_invitation()))
    assert arrival.status_code == 303
    assert "/signin/provider/arrival/" in arrival["Location"]
    assert not arrival.cookies
    thief = Client()
    assert thief.get(arrival["Location"], follow=True).status_code == 410
    assert "_auth_user_id" not in thief.session

    assert ada.arrive(arrival).status_code == 200
    assert ada.get(arrival["Location"]).status_code == 410


@pytest.mark.rule("SEC-50")
@pytest.mark.parametrize(("seconds", "status"), [(30, 200), (60, 410)])
def test_a_handle_lives_a_minute(
    ada: Guest, saml: Federation, partner: NodeProvider, seconds: int, status: int
) -> None:
    arrival = post(*answer_of(ada.open_invitation()))
    assert RoundTrip.unscoped.filter(handle_expires_at__gt=timezone.now()).update(
        handle_expires_at=F("handle_expires_at") - timedelta(seconds=seconds)
    )
    assert ada.arrive(arrival).status_code == status


@pytest.mark.rule("SEC-48")
def test_a_response_is_good_once(ada: Guest, saml: Federation, partner: NodeProvider) -> None:
    action, fields = answer_of(ada.open_invitation())
    assert post(action, fields).status_code == 303
    assert post(action, fields).status_code == 400
    assert SeenAssertion.unscoped.count() == 1


@pytest.mark.rule("SEC-48")
def test_a_token_for_another_request_of_the_same_person_is_good_once(
    ada: Guest, wsfed: Federation, partner: NodeProvider
) -> None:
    _action, stolen = answer_of(ada.open_invitation())
    ada.arrive(post(_action, stolen))
    again = ada.open_invitation()
    wctx = parse_qs(urlsplit(again).query)["wctx"][0]
    ada.arrive(post(_action, {**stolen, "wctx": wctx}))
    assert reason_of(ada) == "This assertion was used before."


@pytest.mark.rule("SEC-48")
@pytest.mark.django_db(transaction=True)
def test_parallel_replays_have_one_winner(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    action, fields = answer_of(ada.open_invitation())
    barrier = threading.Barrier(6)
    statuses: list[int] = []

    def replay() -> None:
        try:
            barrier.wait()
            statuses.append(post(action, fields).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=replay) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, 400, 400, 400, 400, 400]


@pytest.mark.rule("SEC-49")
def test_unsolicited_responses_are_refused_and_logged(
    ada: Guest, saml: Federation, wsfed_only: Federation, partner: NodeProvider
) -> None:
    url = ada.open_invitation()
    action, _fields = answer_of(url)
    partner.sign_in(person(inResponseTo=""))
    _action, fields = answer_of(url)
    document = base64.b64decode(fields["SAMLResponse"])
    unsolicited = re.sub(rb' InResponseTo="[^"]*"', b"", document)
    for sent in (
        {"SAMLResponse": base64.b64encode(unsolicited).decode()},
        {"SAMLResponse": "not base64!"},
        {"SAMLResponse": base64.b64encode(b"<!DOCTYPE a><a/>").decode()},
        {},
    ):
        page = post(action, sent)
        assert page.status_code == 400
        assert "DOCTYPE" not in page.content.decode().partition("<body")[2]
    assert len(failures(ada.tenant)) == 4
    consumer = action.replace(str(saml.pk), str(wsfed_only.pk))
    assert post(consumer, {"wa": "wsignin1.0", "wresult": "x"}).status_code == 400
    assert failures(ada.tenant)[0][0] == 20012


@pytest.fixture
def wsfed_only(contoso: Tenant, partner: NodeProvider) -> Federation:
    """A WS-Fed federation beside the SAML one."""
    row: Federation = Federation.objects.create(
        tenant=contoso, display_name="WS-Fed", protocol="wsfed", issuer="urn:x", endpoint="x"
    )
    return row


@pytest.mark.rule("SEC-49")
def test_an_address_in_relay_state_is_ignored(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    url = ada.open_invitation()
    sent = parse_qs(urlsplit(url).query)["RelayState"][0]
    assert "/" not in sent
    action, fields = answer_of(url)
    arrival = post(action, {**fields, "RelayState": "https://evil.example/"})
    assert arrival["Location"].startswith("/signin/provider/arrival/")
    assert "evil" not in ada.arrive(arrival).content.decode()


@pytest.mark.rule("SEC-46", "SEC-79")
def test_an_answer_at_another_tenants_address_is_refused(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    other = TenantFactory(display_name="Other")
    action, fields = answer_of(ada.open_invitation())
    assert post(action.replace(str(ada.tenant.pk), str(other.pk)), fields).status_code == 404
    assert post(action, fields).status_code == 303


@pytest.mark.rule("SEC-40")
def test_a_suspended_tenant_takes_no_answer(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    action, fields = answer_of(ada.open_invitation())
    Tenant.objects.filter(pk=ada.tenant.pk).update(is_suspended=True)
    assert post(action, fields).status_code == 404


@pytest.mark.rule("SEC-40", "SIN-3")
def test_a_blocked_guest_is_refused_after_the_proof(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    ada.post_back(ada.open_invitation())
    ada.accept()
    ada.client.logout()
    url = ada.type_address()
    type(ada.user).unscoped.filter(pk=ada.user.pk).update(account_enabled=False)
    page = ada.post_back(url)
    assert page.status_code == 403
    assert failures(ada.tenant)[0][0] == 50057


@pytest.mark.rule("SEC-41")
def test_steps_out_of_order_change_nothing(ada: Guest, saml: Federation) -> None:
    assert Client().get("/signin/provider/").status_code == 410
    assert ada.client.get("/signin/provider/arrival/unknown/").status_code == 410
    ada.open_invitation()
    assert ada.accept().status_code != 200
    assert ada.refreshed().is_pending


@pytest.mark.rule("REL-32")
def test_passages_and_used_assertions_are_forgotten_in_time(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    ada.post_back(ada.open_invitation())
    purge.purge_sign_ins()
    assert (RoundTrip.unscoped.count(), SeenAssertion.unscoped.count()) == (1, 1)
    long_ago = timezone.now() - timedelta(days=2)
    RoundTrip.unscoped.update(expires_at=long_ago)
    SeenAssertion.unscoped.update(until=long_ago)
    purge.purge_sign_ins()
    assert (RoundTrip.unscoped.count(), SeenAssertion.unscoped.count()) == (0, 0)


@pytest.mark.rule("LOG-1", "T24")
def test_a_refusal_names_the_provider_too(
    ada: Guest, saml: Federation, partner: NodeProvider
) -> None:
    url = ada.open_invitation()
    partner.sign_in(person(audience="https://other.example/"))
    ada.post_back(url)
    row = SignInEvent.objects.of(ada.tenant).get(status="failure")
    assert row.identity_provider == saml.issuer


@pytest.mark.rule("SEC-101", "IDP-4")
def test_no_secret_of_a_passage_is_stored_in_clear(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    url = ada.open_invitation()
    state = parse_qs(urlsplit(url).query)["state"][0]
    nonce = parse_qs(urlsplit(url).query)["nonce"][0]
    row = RoundTrip.unscoped.values().get()
    assert not {state, nonce} & {str(value) for value in row.values()}
    assert ADA not in str(row)
