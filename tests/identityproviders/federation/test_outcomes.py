"""Each cause of a sign-in that stops at a provider has a sentence and a next step (SIN-6)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from guests.models import Identity, Issuer, User
from identityproviders.models import Federation, OpenIDClient
from portal.audit.models import SignInEvent
from tests.support.counterparts.openid import OpenIDProvider
from tests.support.federated_guest import ADA, Guest, failures
from tests.support.page import read_page, words

EVE = "eve@partner.example"


def remarks(guest: Guest) -> list[str]:
    """What administrators read beside the steps of the sign-in, in order."""
    steps = SignInEvent.unscoped.filter(correlation_id=str(guest.transaction.pk))
    return list(steps.order_by("created_at").values_list("additional_details", flat=True))


@pytest.mark.rule("SIN-6", "SEC-35", "RED-8")
@pytest.mark.parametrize("verified", [None, "true"])
def test_step_6_an_unconfirmed_address_is_not_called_another_one(
    ada: Guest, custom: Federation, openid: OpenIDProvider, verified: object
) -> None:
    claims = {} if verified is None else {"email_verified": verified}
    openid.register("sub-ada", email=ADA, **claims)
    page = words(ada.come_back(openid.authorize(ada.open_invitation(), "sub-ada")))
    assert "Your identity provider does not confirm that this address is yours." in page
    assert "another address" not in page
    assert "does not confirm the address" in remarks(ada)[-1]


@pytest.mark.rule("SIN-6", "SEC-25")
def test_step_7_another_address_is_named_beside_the_invited_one(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    openid.register("sub-eve", email=EVE, email_verified=True)
    answer = ada.come_back(openid.authorize(ada.open_invitation(), "sub-eve"))
    page = words(answer)
    assert answer.status_code == 403
    assert f"You signed in as {EVE}, but this sign-in is for a***@partner.example." in page
    assert f'href="{reverse("invitations:landing")}">Try again' in answer.content.decode()
    assert failures(ada.tenant)[0] == (
        50020,
        f"Signed in at the provider as {EVE}, which is not the invited address",
    )


@pytest.mark.rule("SIN-6", "SEC-25")
def test_an_account_without_an_address_is_said_to_have_none(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    openid.register("sub-ada")
    page = words(ada.come_back(openid.authorize(ada.open_invitation(), "sub-ada")))
    assert "did not say which e-mail address is yours" in page
    assert failures(ada.tenant)[0] == (50020, "The provider named no address")


@pytest.mark.rule("SIN-6", "SEC-37")
def test_another_account_than_the_accepted_one_is_said_to_be_that(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    ada.come_back(openid.authorize(ada.open_invitation(), "sub-ada"))
    ada.accept()
    ada.client.logout()
    openid.register("sub-eve", email=EVE, email_verified=True)
    page = words(ada.come_back(openid.authorize(ada.type_address(), "sub-eve")))
    assert "another account than the one you accepted the invitation of Contoso with" in page


def _another_issuer(guest: Guest, openid: OpenIDProvider) -> None:
    Federation.objects.of(guest.tenant).update(issuer="https://idp.partner.example")


def _no_document(guest: Guest, openid: OpenIDProvider) -> None:
    OpenIDClient.objects.of(guest.tenant).update(well_known_url=f"{openid.url}/nothing-here")


@pytest.mark.rule("SIN-6", "SEC-45")
@pytest.mark.parametrize("break_it", [_another_issuer, _no_document])
def test_step_9_a_wrong_configuration_is_not_called_unreachable(
    ada: Guest,
    custom: Federation,
    openid: OpenIDProvider,
    break_it: Callable[[Guest, OpenIDProvider], None],
) -> None:
    break_it(ada, openid)
    page = words(ada.press_accept())
    assert "is not set up correctly" in page
    assert "can’t be reached" not in page
    assert "Try again" not in page.replace("Trying again", "")
    assert failures(ada.tenant)[0][0] == 50049


@pytest.mark.rule("SIN-6")
def test_an_unreachable_provider_asks_to_try_again(ada: Guest, custom: Federation) -> None:
    OpenIDClient.objects.of(ada.tenant).update(well_known_url="http://127.0.0.1:9/nobody")
    page = words(ada.press_accept())
    assert "can’t be reached at the moment. Try again in a few minutes." in page
    assert failures(ada.tenant)[0][0] == 90006


@pytest.mark.rule("SIN-6")
def test_turning_back_at_the_provider_is_said_to_be_that(ada: Guest, custom: Federation) -> None:
    url = ada.open_invitation()
    [state] = parse_qs(urlsplit(url).query)["state"]
    [back] = parse_qs(urlsplit(url).query)["redirect_uri"]
    answer = ada.come_back(f"{back}?error=access_denied&state={state}")
    assert "You canceled the sign-in at your identity provider." in words(answer)
    assert read_page(answer).find("link", "Try again").get("href")
    assert failures(ada.tenant)[0][0] == 5001201


@pytest.mark.rule("SEC-43", "SEC-35")
def test_an_account_bound_by_a_confirmed_address_needs_no_code(
    ada: Guest, custom: Federation, openid: OpenIDProvider
) -> None:
    page = ada.come_back(openid.authorize(ada.open_invitation(), "sub-ada"))
    assert "Review permissions" in words(page)
    ada.accept()
    [identity] = Identity.objects.of(ada.tenant).filter(user=ada.user)
    assert identity.issuer != Issuer.PASSCODE
    assert User.unscoped.get(pk=ada.user.pk).is_accepted
