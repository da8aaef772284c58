"""The wizard *Invite external user* without script, and the prediction beside it (T9, INF-1)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from guests.models import User
from invitations.blocking.actions import block_invitations
from invitations.blocking.tokens import Blockable
from invitations.models import Invitation
from portal.outbox.models import OutgoingMail
from portal.tenants.models import Tenant
from portal.values.email_address import CanonicalAddress
from tests.factories import MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, TARGET, Invite, SetPolicy, later, signed_in
from tests.support.page import inline_code, read_page, words
from tests.support.statements import count_statements

pytestmark = pytest.mark.django_db

URL = "/users/invite/"
FILLED = {"email": NICOLE, "redirect_url": TARGET, "is_mail_wanted": "on"}


@pytest.fixture
def console(ada: User) -> Client:
    return signed_in(ada)


def text(response: Any) -> str:
    """What a reader sees of a page."""
    return words(response)


def current_tab(response: Any) -> str:
    steps = read_page(response).find("navigation", "Steps").fields("go")
    [current] = [step.value for step in steps if step.get("aria-current") == "step"]
    return current


def buttons(response: Any) -> set[str]:
    """What the foot of the wizard offers, by the tab it goes to."""
    page = read_page(response)
    steps = [step.node for step in page.find("navigation", "Steps").fields("go")]
    others = [button for button in page.fields("go") if button.node not in steps]
    return {one.value for one in others if one.get("form") == "invite" and one.value != "enter"}


def values(response: Any) -> dict[str, Any]:
    """What the page would post again, shown and hidden fields alike."""
    form = response.context["form"]
    found = {name: form[name].value() for name in form.fields}
    return {
        name: "on" if value is True else value if isinstance(value, list) else str(value)
        for name, value in found.items()
        if value not in (None, False, "", [])
    }


# Steps


@pytest.mark.rule("T18", "COL-12")
def test_inviting_asks_the_rules_about_the_domain_once(console: Client, fabrikam: Tenant) -> None:
    asked = count_statements(
        lambda: console.post(URL, FILLED | {"go": "invite"}), about="invitations_listeddomain"
    )

    assert asked == 1
    assert Invitation.objects.of(fabrikam).count() == 1


@pytest.mark.rule("T18", "COL-12")
@pytest.mark.parametrize("go", ["review", "preview", "invite"])
def test_a_refused_domain_stands_at_the_field_on_every_page(
    console: Client, set_policy: SetPolicy, go: str
) -> None:
    set_policy(restriction="deny", listed=[NICOLE.partition("@")[2]])

    page = console.post(URL, FILLED | {"go": go})

    errors = page.context["form"].errors
    assert list(errors) == ["email"]
    assert "collaboration restrictions" in str(errors["email"])
    assert not Invitation.unscoped.exists()


@pytest.mark.rule("T9", "INF-1")
def test_the_form_begins_with_what_t9_says(console: Client, fabrikam: Tenant, ada: User) -> None:
    page = console.get(URL)
    assert page.status_code == 200
    assert current_tab(page) == "basics"
    assert buttons(page) == {"review", "properties"}
    filled = values(page)
    assert filled["redirect_url"].endswith("/myapps/fabrikam.com/")
    assert filled["is_mail_wanted"] == "on"
    assert filled["user_type"] == "Guest"
    assert filled["sponsors"] == [str(ada.pk)]
    assert "Enter an e-mail address to see how the guest will sign in." in text(page)
    assert inline_code(page.content.decode()) == []


@pytest.mark.rule("CRE-1", "T9")
def test_next_previous_and_review_carry_every_value_without_script(console: Client) -> None:
    filled = {**FILLED, "message": "Hello\r\nNicole", "cc": "boss@partner.example"}
    page = console.post(URL, {**filled, "go": "properties"})
    assert (page.status_code, current_tab(page)) == (200, "properties")
    assert buttons(page) == {"basics", "assignments", "review"}

    page = console.post(URL, {**values(page), "job_title": "Architect", "go": "review"})
    assert (page.status_code, current_tab(page)) == (200, "review")
    assert buttons(page) == {"invite", "assignments"}
    for shown in (NICOLE, TARGET, "Architect", "Hello", "boss@partner.example"):
        assert shown in text(page)

    page = console.post(URL, {**values(page), "go": "properties"})
    assert values(page)["job_title"] == "Architect"
    page = console.post(URL, {**values(page), "go": "basics"})
    assert values(page)["email"] == NICOLE
    assert not Invitation.unscoped.exists()

    answer = console.post(URL, {**values(page), "go": "invite"})
    assert answer["Location"] == "/users/"
    invitation = Invitation.unscoped.get()
    assert invitation.message == "Hello\nNicole"
    assert invitation.cc_recipients == ["boss@partner.example"]
    assert invitation.user.job_title == "Architect"


@pytest.mark.rule("T9", "INV-5")
def test_an_unticked_switch_stays_off_on_every_tab(console: Client) -> None:
    off = {name: value for name, value in FILLED.items() if name != "is_mail_wanted"}
    page = console.post(URL, {**off, "go": "review"})
    console.post(URL, {**values(page), "go": "invite"})
    assert not Invitation.unscoped.get().is_mail_wanted
    assert not OutgoingMail.unscoped.exists()


# Errors


@pytest.mark.rule("CRE-1", "T18")
def test_errors_stand_at_the_field_on_the_tab_and_on_the_review(console: Client) -> None:
    bad = {**FILLED, "email": "nobody", "usage_location": "Germany", "sponsors": "x@y.example"}
    page = console.post(URL, {**bad, "go": "invite"})

    assert (page.status_code, current_tab(page)) == (400, "review")
    assert "<title>Error:" in page.content.decode()
    shown = text(page)
    assert "Some entries need another look." in shown
    assert "Basics Email: Enter one e-mail address" in shown
    assert "Properties Usage location: “Germany” is no country." in shown
    assert "Properties Sponsors: Something you chose is not there any more." in shown
    assert shown.count(", has errors") == 2

    page = console.post(URL, {**values(page), "go": "basics"})
    email = read_page(page).field("email")
    assert "Enter one e-mail address" in email.described_by
    assert email.get("aria-invalid") == "true"
    assert not User.unscoped.external().exists()


@pytest.mark.rule("T18", "INF-2")
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "", "Enter the e-mail address of the guest."),
        ("email", "a@fabrikam.com", "belongs to your own organization"),
        ("email", "a@spam.example", "not allowed by the collaboration restrictions"),
        ("email", "ines@partner.example", "is an internal user"),
        ("redirect_url", "http://fabrikam.com/", "begins with https://"),
        ("redirect_url", "", "Enter where the guest arrives after accepting."),
        ("message", "x" * 5001, "5,000 characters at most"),
        ("cc", "a@x.example, nobody", "Enter one e-mail address"),
        ("display_name", "x" * 257, "256 characters"),
        ("employee_hire_date", "tomorrow", "Enter a date such as"),
        ("user_type", "Owner", "Select a valid choice"),
    ],
)
def test_a_refused_entry_is_answered_with_400_and_nothing_is_made(
    console: Client,
    fabrikam: Tenant,
    set_policy: SetPolicy,
    field: str,
    value: str,
    sentence: str,
) -> None:
    set_policy(restriction="deny", listed=["spam.example"])
    MemberFactory(tenant=fabrikam, display_name="Ines", mail="ines@partner.example")
    page = console.post(URL, {**FILLED, field: value, "go": "invite"})
    assert page.status_code == 400
    assert sentence in text(page)
    assert not Invitation.unscoped.exists()
    assert not User.unscoped.external().exists()


@pytest.mark.rule("T21", "SEC-32")
def test_a_limit_is_answered_with_429_and_when_to_come_back(
    console: Client, invite: Invite
) -> None:
    first = invite().invitation
    later(first, minutes=2)
    invite()
    later(first, minutes=2)
    page = console.post(URL, {**FILLED, "go": "invite"})
    assert page.status_code == 429
    assert 0 < int(page["Retry-After"]) <= 181
    assert "Wait before you resend" in text(page)


@pytest.mark.rule("SEC-28", "SEC-81", "AB-13")
def test_fields_the_form_does_not_have_change_nothing(console: Client, contoso: Tenant) -> None:
    extra = {
        "tenant": str(contoso.pk),
        "id": "00000000-0000-0000-0000-000000000001",
        "is_operator": "on",
        "external_user_state": "Accepted",
        "account_enabled": "",
        "inviter": "1",
        "status": "Completed",
        "generation": "7",
        "user_principal_name": "root@fabrikam.com",
        "password": "x",
        "is_staff": "on",
    }
    console.post(URL, {**FILLED, **extra, "go": "invite"})
    nicole = User.unscoped.external().get()
    assert nicole.tenant.display_name == "Fabrikam"
    assert nicole.is_pending
    assert nicole.account_enabled
    assert nicole.roles == frozenset()
    assert not nicole.has_usable_password()
    assert nicole.user_principal_name.endswith("#EXT#@fabrikam.onmicrosoft.com")
    assert Invitation.unscoped.get().status == "PendingAcceptance"


@pytest.mark.rule("SEC-91")
def test_odd_posts_are_answered_without_a_fault(console: Client) -> None:
    odd = [
        {},
        {"go": "nowhere"},
        {"go": ["invite", "basics"]},
        {"go": "invite"},
        {**FILLED, "go": "invite", "cc": ",;,;" * 100, "email": "\x00@x.example"},
        {**FILLED, "go": "invite", "sponsors": "😀" * 10},
        {**FILLED, "go": "review", "display_name": "\u202e\x00"},
    ]
    for post in odd:
        assert console.post(URL, post).status_code in {200, 400}
    assert console.put(URL).status_code == 405
    assert console.delete(URL).status_code == 405


# Who may


@pytest.mark.rule("T15", "T17", "USR-12")
def test_a_member_may_invite_unless_the_setting_says_no(
    member: User, set_policy: SetPolicy
) -> None:
    console = signed_in(member)
    assert console.get(URL).status_code == 200
    assert "Invite external user" in text(console.get("/users/"))
    assert console.post(URL, {**FILLED, "go": "invite"}).status_code == 302

    set_policy(allow_invites_from="adminsAndGuestInviters")
    refused = console.get(URL)
    assert refused.status_code == 403
    assert "not allowed to invite guests" in text(refused)
    assert "Guest Inviter" in text(refused)
    assert URL not in console.get("/users/").content.decode()


@pytest.mark.rule("T15", "T18", "SEC-77")
@pytest.mark.parametrize("go", ["basics", "properties", "review", "invite"])
def test_who_may_not_invite_learns_nothing_at_any_step(
    member: User, fabrikam: Tenant, set_policy: SetPolicy, go: str
) -> None:
    PasscodeGuestFactory(tenant=fabrikam, address=NICOLE, display_name="Nicole Wagner")
    set_policy(allow_invites_from="none")
    console = signed_in(member)
    for filled in (FILLED, {"email": NICOLE}):
        page = console.post(URL, {**filled, "go": go})
        assert page.status_code == 403
        assert "Nicole Wagner" not in text(page)


@pytest.mark.rule("INV-9", "SEC-28")
def test_only_administrators_can_choose_member(console: Client, inviter: User) -> None:
    limited = signed_in(inviter)
    page = limited.post(URL, {**FILLED, "go": "properties"})
    assert 'value="Member"' not in page.content.decode()
    assert limited.post(URL, {**FILLED, "user_type": "Member", "go": "invite"}).status_code == 400
    assert not Invitation.unscoped.exists()
    console.post(URL, {**FILLED, "user_type": "Member", "go": "invite"})
    assert User.unscoped.external().get().user_type == "Member"


@pytest.mark.rule("SES-3", "T14")
def test_strangers_sign_in_first(fabrikam: Tenant) -> None:
    assert Client().get(URL)["Location"].startswith("/signin/")


@pytest.mark.rule("T15", "T14")
def test_guests_invite_where_everybody_may_and_come_back_to_their_own_profile(
    fabrikam: Tenant,
) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam, address="gus@partner.example")
    console = signed_in(guest, method="mail")

    answer = console.post(URL, {**FILLED, "go": "invite"})

    assert answer["Location"] == f"/users/{guest.pk}/"
    assert Invitation.objects.of(fabrikam).get().inviter == guest
    assert console.get(answer["Location"]).status_code == 200


@pytest.mark.rule("SEC-67")
def test_the_form_is_not_taken_without_its_token(ada: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(ada).cookies
    assert strict.post(URL, {**FILLED, "go": "invite"}).status_code == 403
    assert not Invitation.unscoped.exists()


@pytest.mark.rule("T14", "COL-2")
def test_a_guest_who_sees_nobody_cannot_ask_for_names_through_the_sponsors(
    fabrikam: Tenant, ada: User
) -> None:
    console = signed_in(PasscodeGuestFactory(tenant=fabrikam), method="mail")
    answers = [
        console.post(URL, {**FILLED, "sponsors": name, "go": "review"}).content.decode()
        for name in (str(ada.pk), str(uuid.uuid4()))
    ]

    assert all('name="sponsors' not in html for html in answers)
    assert all("not there any more" not in html for html in answers)


# Notifications


def toast(console: Client) -> str:
    return console.get("/users/").content.decode().partition('class="toasts"')[2][:3000]


@pytest.mark.rule("INF-3", "INV-5")
def test_the_notification_links_to_the_user_and_without_mail_to_the_link(console: Client) -> None:
    console.post(URL, {**FILLED, "go": "invite"})
    nicole = User.unscoped.external().get()
    shown = toast(console)
    assert f"Invitation is on its way to {NICOLE}" in shown
    assert f'href="/users/{nicole.pk}/"' in shown
    assert "/invitation/link/" not in shown

    console.post(URL, {"email": "b@partner.example", "redirect_url": TARGET, "go": "invite"})
    other = User.unscoped.get(invited_address_key="b@partner.example")
    shown = toast(console)
    assert "b was invited" in shown
    assert f'href="/users/{other.pk}/invitation/link/"' in shown
    assert "/redeem/" not in shown


@pytest.mark.rule("INV-12", "INV-16", "REL-23")
def test_the_notification_says_what_is_different(console: Client, fabrikam: Tenant) -> None:
    PasscodeGuestFactory(tenant=fabrikam, address=NICOLE, display_name="Nicole")
    console.post(URL, {**FILLED, "go": "invite"})
    assert "Nicole is a guest already" in toast(console)

    block_invitations(Blockable(fabrikam, CanonicalAddress("b@partner.example")))
    console.post(URL, {**FILLED, "email": "b@partner.example", "go": "invite"})
    assert "the guest blocked invitations" in toast(console)

    for _ in range(2):
        console.post(URL, {**FILLED, "email": "c@partner.example", "go": "invite"})
    assert "less than a minute ago" in toast(console)
    assert OutgoingMail.unscoped.filter(recipient="c@partner.example").count() == 1


# Prediction


@pytest.mark.rule("INF-1", "BET-1", "HRD-6")
@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("", "Enter an e-mail address to see how the guest will sign in."),
        ("nicole@", "The domain after the @"),
        (NICOLE, "Email one-time passcode"),
        ("a@fabrikam.com", "belongs to your own organization"),
        ("a@spam.example", "not allowed by the collaboration restrictions"),
        ("known@partner.example", "belongs to a guest already"),
        ("ines@partner.example", "An internal user has this address."),
        ("blocked@partner.example", "none will be sent"),
        ("olga@contoso.com", "Organization account"),
    ],
)
def test_the_prediction_says_what_the_address_leads_to(
    console: Client,
    fabrikam: Tenant,
    contoso: Tenant,
    set_policy: SetPolicy,
    email: str,
    sentence: str,
) -> None:
    set_policy(restriction="deny", listed=["spam.example"])
    MemberFactory(tenant=fabrikam, display_name="Ines", mail="ines@partner.example")
    MemberFactory(tenant=contoso, email="olga@contoso.com")
    PasscodeGuestFactory(tenant=fabrikam, address="known@partner.example")
    block_invitations(Blockable(fabrikam, CanonicalAddress("blocked@partner.example")))

    fragment = console.get(f"{URL}prediction/", {"email": email})
    assert fragment.status_code == 200
    assert sentence.lower() in text(fragment).lower()
    page = console.post(URL, {"email": email, "go": "basics"})
    assert sentence.lower() in text(page).lower(), "the same without script"


@pytest.mark.rule("INF-1", "SEC-92", "SEC-69")
def test_the_prediction_escapes_what_was_typed(console: Client) -> None:
    evil = {"email": NICOLE, "display_name": "<script>alert(1)</script>{{7*7}}"}
    fragment = console.get(f"{URL}prediction/", evil).content.decode()
    assert "<script" not in fragment
    assert "49" not in fragment


@pytest.mark.rule("INF-1", "T15", "SEC-77")
def test_the_prediction_is_for_those_who_may_invite(member: User, set_policy: SetPolicy) -> None:
    set_policy(allow_invites_from="none")
    assert signed_in(member).get(f"{URL}prediction/", {"email": NICOLE}).status_code == 403
    assert Client().get(f"{URL}prediction/").status_code == 302


@pytest.mark.rule("INV-8", "BET-7")
def test_an_inviter_without_mail_is_told_beforehand(fabrikam: Tenant) -> None:
    silent = MemberFactory(tenant=fabrikam, mail="")
    assert "Your message will be left out" in text(signed_in(silent).get(URL))
