"""An address looks the same wherever one stands, in both forms and marked if mixed (SEC-86)."""

from __future__ import annotations

import pytest
from django.test import Client

from guests.models import User
from guests.users.search_terms import refresh_search_terms
from invitations.models import Invitation
from portal.console.templatetags.console import address
from portal.outbox.models import OutgoingMail
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from portal.values.email_address import (
    parse_email_address,
    stored_address,
    written_domain,
)
from tests.factories import AdministratorFactory, PasscodeGuestFactory
from tests.support.invitations import signed_in
from tests.support.inviting import invite_guest
from tests.support.page import read_page
from tests.support.redemption import CONSENT, LANDING, consenting, opened

UMLAUT, UMLAUT_ASCII = "nils@bücher.example", "nils@xn--bcher-kva.example"
MIXED, MIXED_ASCII = "zora@\u0430pple.example", "zora@xn--pple-43d.example"
"""Nils’ domain has a letter of German, Zora’s a Cyrillic а among Latin letters."""


def text(text: str) -> str:
    """What a reader sees of an address."""
    return read_page(f"<p>{address(parse_email_address(text))}</p>").text


@pytest.mark.rule("SEC-86")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ada@contoso.com", "ada@contoso.com"),
        (UMLAUT, f"{UMLAUT} ({UMLAUT_ASCII})"),
        (UMLAUT_ASCII, f"{UMLAUT} ({UMLAUT_ASCII})"),
        ("olga@под.example", "olga@под.example (olga@xn--d1atc.example)"),
        (MIXED, f"{MIXED} ({MIXED_ASCII}) Mixed scripts"),
    ],
)
def test_address_is_shown_in_both_forms_and_marked(typed: str, expected: str) -> None:
    assert text(typed) == expected


@pytest.mark.rule("SEC-86")
def test_address_runs_from_left_to_right_in_every_language() -> None:
    page = read_page(f"<p>{address(parse_email_address(MIXED))}</p>").node

    assert {node.get("dir") for node in page.iter("bdi")} == {"ltr"}


@pytest.mark.rule("SEC-86", "SEC-92")
def test_text_that_is_no_address_is_refused_and_what_a_row_holds_is_escaped() -> None:
    with pytest.raises(TypeError):
        address("ada@contoso.com")  # type: ignore[arg-type]
    assert "<b>" not in address(stored_address("<b>@contoso.com"))
    assert address(None) == '<span class="muted">–</span>'


@pytest.mark.rule("SEC-86", "RED-1")
def test_mask_keeps_the_domain_in_both_forms() -> None:
    masked = parse_email_address(MIXED).masked

    assert read_page(f"<p>{address(masked)}</p>").text == (
        "z***@\u0430pple.example (z***@xn--pple-43d.example) Mixed scripts"
    )


@pytest.mark.rule("SEC-86")
@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("contoso.com", "contoso.com"),
        ("xn--bcher-kva.example", "bücher.example"),
        ("xn--pple-43d.example", "\u0430pple.example (xn--pple-43d.example)"),
    ],
)
def test_domain_in_a_mail_is_as_people_write_it(domain: str, expected: str) -> None:
    assert written_domain(domain) == expected


@pytest.mark.rule("SEC-86")
def test_stored_text_that_is_no_address_stays_as_it_is() -> None:
    assert stored_address("nobody at all").written == "nobody at all"
    assert stored_address("nobody at all").ascii == "nobody at all"


@pytest.fixture
def host(db: None) -> Tenant:
    tenant: Tenant = AdministratorFactory(tenant__domain="contoso.com").tenant
    return tenant


@pytest.fixture
def zora(host: Tenant) -> Invitation:
    """An invitation of the address with the forged domain."""
    sweeper.note_heartbeat("tests", ["passcode"])
    return invite_guest(
        host,
        by=User.objects.of(host).get(),
        address=MIXED,
        redirect_url="https://contoso.com/",
    ).invitation


@pytest.mark.rule("SEC-86", "RED-1", "OTP-4", "CON-2")
def test_pages_of_an_invitation_mark_a_forged_domain(zora: Invitation) -> None:
    client = opened(zora)
    client.post(LANDING)
    pages = [
        opened(zora).get(LANDING),
        client.get("/signin/code/"),
        consenting(zora).get(CONSENT),
    ]

    for page in pages:
        assert "Mixed scripts" in read_page(page).text
        assert "xn--pple-43d.example" in read_page(page).text


@pytest.mark.rule("SEC-86")
def test_console_pages_mark_a_forged_domain(host: Tenant, zora: Invitation) -> None:
    client = signed_in(User.objects.of(host).exclude(pk=zora.user_id).get())
    paths = [
        f"/users/{zora.user_id}/",
        "/external-identities/invitations/",
        f"/external-identities/invitations/{zora.pk}/",
        "/mail-delivery/",
        "/search/?q=zora",
    ]

    for path in paths[:-1]:
        assert "Mixed scripts" in read_page(client.get(path)).text, path
    assert f"{MIXED} ({MIXED_ASCII})" in read_page(client.get(paths[-1])).text


# The mailbox that a code goes to


def page_of_code(client: Client) -> str:
    """What the page before the code says."""
    return read_page(client.get("/signin/code/")).text


@pytest.mark.rule("OTP-4", "RED-8")
def test_page_names_the_mailbox_that_the_code_goes_to(host: Tenant) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])
    guest = PasscodeGuestFactory(tenant=host, address="nicole@partner.example")
    User.unscoped.filter(pk=guest.pk).update(other_mails=["alias@elsewhere.example"])
    guest.refresh_from_db()
    refresh_search_terms(guest)
    client = Client()
    client.post("/contoso.com/signin/", {"address": "alias@elsewhere.example"})

    assert "n***@partner.example" in page_of_code(client)
    assert "a***@elsewhere.example" not in page_of_code(client)
    client.post("/signin/code/")
    assert OutgoingMail.unscoped.get(kind="passcode").recipient == "nicole@partner.example"
