"""Where an accepted guest goes on: by itself, after a question, or to My Apps (CON-7, SEC-60)."""

from __future__ import annotations

import html
import uuid
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from guests.models import User
from invitations.models import Invitation
from invitations.redemption.actions import redeem_invitation
from portal.tenants.models import Tenant
from tests.factories import DomainFactory
from tests.support.hostile_redirects import ELSEWHERE, HOSTILE
from tests.support.invitations import NICOLE, Invite, proven, signed_in
from tests.support.page import inline_code, read_page

pytestmark = pytest.mark.django_db

APPS = "/myapps/fabrikam.com/"


@pytest.fixture
def accepted(invite: Invite) -> Invitation:
    invitation = invite(is_mail_wanted=False).invitation
    redeem_invitation(proven(invitation))
    return Invitation.unscoped.select_related("user__tenant", "tenant").get(pk=invitation.pk)


@pytest.fixture
def nicole(accepted: Invitation) -> Client:
    return signed_in(accepted.user, method="mail")


def leave(client: Client, invitation: Invitation, url: str | None = None) -> Any:
    if url is not None:
        Invitation.unscoped.filter(pk=invitation.pk).update(redirect_url=url)
    return client.get(f"/leaving/?invitation={invitation.pk}")


def is_automatic(page: Any) -> bool:
    return 'http-equiv="refresh"' in page.content.decode()


@pytest.mark.rule("CON-7", "SEC-60", "SEC-69")
def test_a_listed_target_is_opened_without_asking(nicole: Client, accepted: Invitation) -> None:
    page = leave(nicole, accepted, "https://fabrikam.com/welcome?a=1&b=2")
    body = page.content.decode()
    assert page.status_code == 200
    assert is_automatic(page)
    assert 'content="0; url=https://fabrikam.com/welcome?a=1&amp;b=2"' in body
    assert inline_code(body) == []
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]


@pytest.mark.rule("SEC-60", "CON-7")
def test_a_foreign_host_is_named_and_never_opened_by_itself(
    nicole: Client, accepted: Invitation
) -> None:
    page = leave(nicole, accepted, "https://partner.example/start")
    body = html.unescape(page.content.decode())
    assert not is_automatic(page)
    assert "<bdi>partner.example</bdi>" in body
    links = read_page(page).find("main").find_all("link")
    assert any(one.name == "Stay" and one.get("href").startswith("/myapps/") for one in links)
    [onward] = [one for one in links if one.get("href") == "https://partner.example/start"]
    assert onward.get("rel") == "noreferrer"


@pytest.mark.rule("SEC-60", "SEC-86")
def test_a_host_with_foreign_letters_is_named_in_both_forms(
    nicole: Client, accepted: Invitation
) -> None:
    page = leave(nicole, accepted, "https://xn--bcher-kva.example/")
    assert "bücher.example (xn--bcher-kva.example)" in page.content.decode()
    assert not is_automatic(page)


@pytest.mark.rule("SEC-60")
def test_the_list_is_asked_at_every_use(
    nicole: Client, accepted: Invitation, fabrikam: Tenant
) -> None:
    url = "https://shop.example/"
    assert not is_automatic(leave(nicole, accepted, url))
    domain = DomainFactory(tenant=fabrikam, name="shop.example")
    assert is_automatic(leave(nicole, accepted))
    domain.is_verified = False
    domain.save()
    assert not is_automatic(leave(nicole, accepted))


@pytest.mark.rule("SEC-60")
@pytest.mark.parametrize(
    "url", ["https://app.fabrikam.com/", "https://fabrikam.com:8443/", "http://localhost/"]
)
def test_neighbours_of_a_listed_host_are_foreign(
    nicole: Client, accepted: Invitation, url: str
) -> None:
    assert not is_automatic(leave(nicole, accepted, url))


@pytest.mark.rule("SEC-60", "SEC-61", "AB-14")
def test_of_the_whole_corpus_nothing_leaves_by_itself(
    nicole: Client, accepted: Invitation, settings: Settings
) -> None:
    settings.PORTAL_BASE_URL = "https://portal.example"
    for url in [*HOSTILE, *ELSEWHERE]:
        if "\x00" in url or len(url) > 2048:
            continue  # PostgreSQL stores neither
        page = leave(nicole, accepted, url)
        if page.status_code == 302:
            assert page["Location"].startswith("/myapps/"), url
        else:
            assert page.status_code == 200, url
            assert not is_automatic(page), url


@pytest.mark.rule("CON-7", "SEC-60", "SEC-61")
@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://portal.example/myapps/fabrikam.com/?a=1", "/myapps/fabrikam.com/?a=1"),
        ("https://PORTAL.example:443/users/", "/users/"),
        ("https://portal.example", None),
        ("https://portal.example//evil.example", None),
        ("https://portal.example/%2f%2fevil.example", None),
    ],
)
def test_own_addresses_are_opened_as_paths(
    nicole: Client, accepted: Invitation, settings: Settings, url: str, path: str | None
) -> None:
    settings.PORTAL_BASE_URL = "https://portal.example"
    answer = leave(nicole, accepted, url)
    assert answer.status_code == 302
    expected = path or f"/myapps/{accepted.tenant_id}/"
    assert answer["Location"] == expected


@pytest.mark.rule("SEC-61", "SEC-79")
def test_only_ones_own_accepted_invitation_leads_anywhere(
    nicole: Client, accepted: Invitation, invite: Invite, ada: User
) -> None:
    other = invite("other@partner.example", is_mail_wanted=False).invitation
    for text in (str(other.pk), str(uuid.uuid4()), "", "x", "%00", "//evil.example"):
        assert nicole.get("/leaving/", {"invitation": text}).status_code == 404
    assert signed_in(ada).get(f"/leaving/?invitation={accepted.pk}").status_code == 404
    Invitation.unscoped.filter(pk=accepted.pk).update(status="Revoked")
    assert leave(nicole, accepted).status_code == 404
    assert nicole.get("/leaving/", {"url": "https://evil.example/"}).status_code == 404


@pytest.mark.rule("SEC-61", "SES-3")
def test_a_stranger_signs_in_first(accepted: Invitation) -> None:
    answer = leave(Client(), accepted)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/signin/?next=/leaving/")
    assert NICOLE not in answer["Location"]
    assert Client().post(f"/leaving/?invitation={accepted.pk}").status_code == 405


@pytest.mark.rule("SEC-60", "T9")
def test_the_target_of_the_form_by_default_is_my_apps(
    nicole: Client, accepted: Invitation, settings: Settings
) -> None:
    answer = leave(nicole, accepted, f"{settings.PORTAL_BASE_URL}{APPS}")
    assert answer["Location"] == APPS
