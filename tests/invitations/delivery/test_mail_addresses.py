"""Addresses in mails: readable, never followed by a full stop, left to right in every language."""

from __future__ import annotations

import re

import pytest
from pytest_django import Settings

from guests.models import User
from identityproviders.passcodes.emails import sample_passcode_mail
from invitations.delivery.emails import sample_invitation_mail
from portal.outbox.models import OutgoingMail
from portal.outbox.sending.messages import Content
from portal.tenants.models import Domain, Tenant
from tests.support.invitations import Invite, mails_of, message_of, part
from tests.support.page import read_page

pytestmark = pytest.mark.django_db

UMLAUT = "nils@bücher.example"
MIXED, MIXED_ASCII = "zora@\u0430pple.example", "zora@xn--pple-43d.example"
ADDRESS = r"(?:https?://[^\s<]+|[\w.+*-]+@[\w.-]+\.\w+|\d+\.\d+\.\d+\.\d+(?:/\d+)?)"
ISOLATED = re.compile(rf"\u2066{ADDRESS}\u2069")


def samples(settings: Settings) -> list[tuple[str, Content]]:
    """Both mails in every language."""
    return [
        (code, sample(code))
        for code, _name in settings.LANGUAGES
        for sample in (sample_invitation_mail, sample_passcode_mail)
    ]


@pytest.mark.rule("EML-12")
def test_no_full_stop_stands_straight_behind_an_address(settings: Settings) -> None:
    for code, content in samples(settings):
        for text in (content.text, read_page(content.html).text):
            bare = re.sub("[\u2066\u2069]", "", text)
            assert not re.search(rf"{ADDRESS}[.。](?:\s|$)", bare), (code, text)


@pytest.mark.rule("EML-18")
def test_addresses_of_the_html_part_run_from_left_to_right(settings: Settings) -> None:
    for code, content in samples(settings):
        for node in read_page(content.html).node.iter("td", "strong", "a", "p"):
            assert not re.fullmatch(ADDRESS, (node.text or "").strip()), (code, node.text)


@pytest.mark.rule("EML-18")
def test_addresses_inside_a_line_of_arabic_text_are_isolated() -> None:
    for content in (sample_invitation_mail("ar"), sample_passcode_mail("ar")):
        for line in content.text.splitlines():
            alone = re.fullmatch(ADDRESS, line.strip())
            found = re.findall(ADDRESS, line)
            assert alone or len(ISOLATED.findall(line)) == len(found), line


@pytest.mark.rule("EML-18")
def test_text_of_other_languages_has_no_invisible_marks(settings: Settings) -> None:
    for code, content in samples(settings):
        if code != "ar":
            assert not re.search("[\u2066\u2069]", content.text), code


@pytest.mark.rule("SEC-86", "EML-5")
def test_domains_are_written_as_people_write_them(invite: Invite, fabrikam: Tenant) -> None:
    [mail] = mails_of(invite(UMLAUT).invitation)
    message = message_of(mail)

    assert message["To"].addresses[0].addr_spec == "nils@xn--bcher-kva.example"
    for kind in ("plain", "html"):
        assert UMLAUT in part(message, kind)
        assert "xn--" not in part(message, kind)


@pytest.mark.rule("SEC-86")
def test_domain_that_mixes_scripts_has_its_a_labels_beside_it(invite: Invite) -> None:
    [mail] = mails_of(invite(MIXED).invitation)

    assert f"{MIXED} ({MIXED_ASCII})" in part(message_of(mail), "plain")
    assert f"{MIXED} ({MIXED_ASCII})" in part(message_of(mail), "html")


@pytest.mark.rule("SEC-86", "EML-5", "EML-12")
def test_inviter_organization_and_target_are_readable_too(
    invite: Invite, fabrikam: Tenant, ada: User
) -> None:
    Domain.objects.filter(tenant=fabrikam, is_primary=True).update(name="xn--bcher-kva.example")
    User.unscoped.filter(pk=ada.pk).update(mail="ada@xn--bcher-kva.example")
    invitation = invite(
        by=User.unscoped.get(pk=ada.pk), redirect_url="https://www.xn--bcher-kva.example/start"
    ).invitation
    [mail] = OutgoingMail.unscoped.filter(subject_id=invitation.pk)
    text = part(message_of(mail), "plain")

    assert "ada@bücher.example" in text
    assert "https://www.bücher.example/start" in text
    assert "(bücher.example)" in text
    assert message_of(mail)["Reply-To"].addresses[0].addr_spec == "ada@xn--bcher-kva.example"
    assert "mailto:ada@xn--bcher-kva.example" in read_page(part(message_of(mail), "html")).addresses


@pytest.mark.rule("EML-7")
def test_mails_say_that_they_have_colors_for_dark_mode(settings: Settings) -> None:
    for _code, content in samples(settings):
        page = read_page(content.html).node
        [scheme] = page.xpath("//meta[@name='color-scheme']/@content")
        assert scheme == "light dark"
        assert "prefers-color-scheme: dark" in content.html
