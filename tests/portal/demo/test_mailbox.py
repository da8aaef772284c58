"""The demo mailbox shows every mail, safely, and only in a demo (SEC-100)."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from portal.demo.mailbox.store import MAX_KEPT, MailStore

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n"


def mail(subject: str = "Your code", text: str = "12345678", html: str | None = None) -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Portal <invitations@localhost>"
    message["To"] = "nicole@example.com"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
        alternatives = message.get_payload()
        assert isinstance(alternatives, list)
        part = alternatives[1]
        assert isinstance(part, EmailMessage)
        part.add_related(PNG, "image", "png", cid="<logo>")
    return message.as_bytes()


def keep(store: MailStore, content: bytes, *recipients: str) -> str:
    return store.add("bounces@localhost", recipients or ("nicole@example.com",), content)


def test_mails_are_listed_newest_first(client: Client, mails: MailStore) -> None:
    keep(mails, mail("First"))
    keep(mails, mail("Second"))

    page = client.get("/demo/mailbox/").content.decode()

    assert page.index("Second") < page.index("First")
    assert "nicole@example.com" in page


def test_an_empty_mailbox_says_what_to_do(client: Client, mails: MailStore) -> None:
    assert "Invite somebody" in client.get("/demo/mailbox/").content.decode()


def test_the_list_can_be_narrowed_to_a_recipient(client: Client, mails: MailStore) -> None:
    keep(mails, mail("For Nicole"), "nicole@example.com")
    keep(mails, mail("For Teri"), "teri@example.com")

    page = client.get("/demo/mailbox/", {"to": "TERI@"}).content.decode()

    assert "For Teri" in page
    assert "For Nicole" not in page


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("text", "12345678"),
        ("headers", "invitations@localhost"),
        ("headers", "bounces@localhost"),
        ("source", "Content-Type: multipart/alternative"),
        ("html", "<iframe"),
    ],
)
def test_a_mail_has_four_views(client: Client, mails: MailStore, view: str, expected: str) -> None:
    name = keep(mails, mail(html="<p>12345678</p>"))

    response = client.get(f"/demo/mailbox/{name}/", {"view": view})

    assert expected in response.content.decode()


def test_text_is_shown_first_when_there_is_no_html(client: Client, mails: MailStore) -> None:
    name = keep(mails, mail())

    assert "<pre" in client.get(f"/demo/mailbox/{name}/").content.decode()


def test_the_frame_can_neither_run_nor_load_anything(client: Client, mails: MailStore) -> None:
    name = keep(mails, mail(html="<html><head></head><body><script>1</script></body></html>"))

    page = client.get(f"/demo/mailbox/{name}/")
    frame = client.get(f"/demo/mailbox/{name}/html/")
    policy = frame.headers["Content-Security-Policy"].split("; ")

    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.content.decode()
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert not [directive for directive in policy if directive.startswith("script-src")]
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_links_of_a_mail_open_a_new_tab_and_pictures_are_inline(
    client: Client, mails: MailStore
) -> None:
    html = '<html><head></head><body><img src="cid:logo"><a href="/x">Accept</a></body></html>'
    name = keep(mails, mail(html=html))

    shown = client.get(f"/demo/mailbox/{name}/html/").content.decode()

    assert '<head><base target="_blank">' in shown
    assert "data:image/png;base64," in shown
    assert "cid:" not in shown


def test_a_header_of_a_mail_cannot_write_the_page(client: Client, mails: MailStore) -> None:
    name = keep(mails, mail(subject="<script>alert(1)</script>"))

    for path in ("/demo/mailbox/", f"/demo/mailbox/{name}/"):
        assert "<script>alert" not in client.get(path).content.decode()


@pytest.mark.parametrize(
    "name",
    ["20260101T000000000000-00000000", "nothing", "..", "%2e%2e%2fdemo", "20260101T000000000000-0"],
)
def test_unknown_mails_are_not_found(client: Client, mails: MailStore, name: str) -> None:
    keep(mails, mail())

    assert client.get(f"/demo/mailbox/{name}/").status_code == 404


def test_unknown_views_are_not_found(client: Client, mails: MailStore) -> None:
    name = keep(mails, mail())

    assert client.get(f"/demo/mailbox/{name}/", {"view": "raw"}).status_code == 404


def test_reading_changes_nothing(client: Client, mails: MailStore) -> None:
    assert client.post("/demo/mailbox/").status_code in {403, 405}


@pytest.mark.rule("SEC-100")
def test_outside_a_demo_there_is_no_mailbox(
    client: Client, mails: MailStore, settings: Settings
) -> None:
    name = keep(mails, mail())
    settings.PORTAL_DEMO = False

    for path in ("", f"{name}/", f"{name}/html/"):
        assert client.get(f"/demo/mailbox/{path}").status_code == 404


@pytest.mark.rule("SEC-100")
def test_the_project_itself_has_no_address_for_it() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("demo:mailbox")


def test_only_so_many_mails_are_kept(mails: MailStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.demo.mailbox.store.MAX_KEPT", 3)
    names = [keep(mails, mail(str(number))) for number in range(5)]

    assert mails.names() == names[:1:-1]
    assert MAX_KEPT > 100


def test_a_mail_in_an_odd_character_set_is_still_shown(mails: MailStore) -> None:
    name = keep(mails, b"Subject: =?iso-8859-1?q?gr=FC=DFe?=\r\n\r\nhello \xff")

    found = mails.get(name)

    assert found is not None
    assert found.subject == "grüße"
    assert "hello" in found.text
    assert found.html == ""


def test_the_mailbox_asks_for_new_mails_by_itself_and_by_a_link(
    mails: MailStore, client: Client
) -> None:
    page = client.get("/demo/mailbox/?to=priya").content.decode()

    assert 'hx-get="/demo/mailbox/?to=priya"' in page
    assert 'hx-trigger="every 3s"' in page
    assert "Look again" in page
    keep(mails, b"Subject: hello\r\n\r\nhello")
    assert 'id="mails"' in client.get("/demo/mailbox/").content.decode()
