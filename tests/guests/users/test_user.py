"""A user's own blade: Overview, Properties, identities, ending sessions."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import format_html

from guests.html_hooks import USER_COMMANDS, USER_FACTS, USER_TILES
from guests.models import User
from portal.audit.models import AuditEvent, SignInEvent
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import inline_code, read_page

pytestmark = pytest.mark.django_db

PAGES = ["", "properties/", "identities/", "revoke-sessions/"]


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")
    client.force_login(grace)
    return grace


@pytest.fixture
def daniela(contoso: Tenant, grace: User) -> User:
    return PasscodeGuestFactory(
        tenant=contoso,
        address="daniela.rossi@wingtiptoys.com",
        display_name="Daniela Rossi",
        sponsors=[grace],
        job_title="Buyer",
        city="Turin",
    )


def page(client: Client, user: User, tail: str = "") -> str:
    answer = client.get(f"/users/{user.pk}/{tail}")
    assert answer.status_code == 200
    return answer.content.decode()


def fact(html: str, label: str) -> str:
    return read_page(html).definition(label).text


@pytest.mark.rule("USR-16")
def test_essentials_say_who_the_guest_is(client: Client, daniela: User) -> None:
    html = page(client, daniela)

    assert "<h1>Daniela Rossi</h1><p>Guest</p>" in html
    upn = "daniela.rossi_wingtiptoys.com#EXT#@contoso.onmicrosoft.com"
    assert fact(html, "User principal name") == upn
    assert fact(html, "User type") == "Guest"
    assert fact(html, "Email") == "daniela.rossi@wingtiptoys.com"
    assert fact(html, "Identities") == "mail"
    assert fact(html, "Object ID") == str(daniela.pk)
    assert fact(html, "Account status") == "Enabled"
    assert fact(html, "Sponsor") == "Grace Nakamura"
    assert f'data-copy="{daniela.pk}"' in html
    assert f'data-copy="{upn}"' in html


@pytest.mark.rule("ROL-1")
def test_essentials_name_the_roles(client: Client, grace: User) -> None:
    assert fact(page(client, grace), "Assigned roles") == "Global Administrator"


@pytest.mark.rule("USR-16")
def test_sign_ins_of_thirty_days_are_counted(client: Client, daniela: User) -> None:
    now = timezone.now()
    attempts = [
        (0, "success", True),
        (1, "success", True),
        (1, "failure", True),
        (29, "success", True),
        (31, "success", True),
        (2, "interrupted", True),
        (3, "failure", False),
    ]
    for days, status, is_final in attempts:
        SignInEvent.objects.create(
            tenant=daniela.tenant,
            user=daniela,
            created_at=now - timedelta(days=days),
            status=status,
            is_final=is_final,
            application="My Apps",
        )
    for seconds, status in ((9, "failure"), (8, "failure"), (7, "success")):
        SignInEvent.objects.create(
            tenant=daniela.tenant,
            user=daniela,
            created_at=now - timedelta(days=5, seconds=seconds),
            status=status,
            is_final=status == "success",
            correlation_id="one attempt",
        )

    html = page(client, daniela)

    assert "4 2 failed" in read_page(html).text
    assert "6 sign-in attempts in 30 days" in html
    assert fact(html, "Application") == "My Apps"


def test_user_who_never_signed_in_has_an_empty_chart(client: Client, daniela: User) -> None:
    html = page(client, daniela)

    assert fact(html, "Last sign-in") == "Never"
    assert 'd="M0 44 L10.3 44' in html


def pencils(html: str) -> set[str]:
    links = read_page(html).find_all("link", containing="Edit ")
    return {link.get("href").partition("#id_")[2] for link in links} - {""}


@pytest.mark.rule("USR-18")
def test_every_property_that_may_be_changed_has_a_pencil(client: Client, daniela: User) -> None:
    html = page(client, daniela, "properties/")

    form = page(client, daniela, "properties/edit/")
    identifiers = [element.get("id") for element in read_page(form).descendants()]
    fields = {one.removeprefix("id_") for one in identifiers if one.startswith("id_")}
    assert pencils(html) == {
        name for name in fields if not name.endswith(("_helptext", "_search", "_found"))
    }
    assert {"display_name", "sponsors", "account_enabled", "mail"} <= pencils(html)
    assert '?tab=job#id_job_title" aria-label="Edit Job title"' in html
    assert "id_created_at" not in html


@pytest.mark.rule("USR-18", "ROL-5", "T17")
def test_what_is_beyond_the_role_has_no_pencil(
    client: Client, contoso: Tenant, grace: User, daniela: User
) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=(Role.USER_ADMINISTRATOR,)))
    assert "job_title" in pencils(page(client, grace, "properties/"))
    assert not pencils(page(client, grace, "properties/")) & {"mail", "account_enabled", "name"}

    client.force_login(MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,)))
    assert pencils(page(client, daniela, "properties/")) == set()


@pytest.mark.rule("USR-18", "T2")
def test_on_premises_values_stand_in_the_form_to_be_read(client: Client, daniela: User) -> None:
    html = page(client, daniela, "properties/edit/?tab=on-premises")

    assert "<h2>On-premises</h2>" in html
    assert fact(html, "On-premises sync enabled") == "No"
    assert 'type="text"' not in html.partition('id="edit"')[2].partition("</form>")[0]


@pytest.mark.rule("USR-18")
def test_properties_stand_under_their_categories(client: Client, daniela: User) -> None:
    html = page(client, daniela, "properties/")

    main = read_page(html).find("main")
    assert [one.name for one in main.find_all("heading") if one.node.tag == "h2"] == [
        "Identity",
        "Job information",
        "Contact information",
        "Parental controls",
        "Settings",
        "On-premises",
        "Photo",
    ]
    assert fact(html, "Job title") == "Buyer"
    assert fact(html, "City") == "Turin"
    assert fact(html, "Sponsors") == "Grace Nakamura"
    assert fact(html, "Invitation state") == "Accepted"
    assert fact(html, "Creation type") == "Invitation"
    assert fact(html, "Account enabled") == "Yes"
    assert fact(html, "On-premises sync enabled") == "No"
    assert fact(html, "Department") == "–"


@pytest.mark.rule("USR-18")
@pytest.mark.parametrize(
    ("age_group", "consent", "expected"),
    [
        ("", "", "–"),
        ("adult", "", "adult"),
        ("notAdult", "", "notAdult"),
        ("minor", "granted", "minorWithParentalConsent"),
        ("minor", "denied", "minorWithoutParentalConsent"),
        ("minor", "notRequired", "minorNoParentalConsentRequired"),
    ],
)
def test_legal_age_group_is_derived(
    client: Client, daniela: User, age_group: str, consent: str, expected: str
) -> None:
    User.unscoped.filter(pk=daniela.pk).update(
        age_group=age_group, consent_provided_for_minor=consent
    )

    html = page(client, daniela, "properties/")

    assert fact(html, "Legal age group classification") == expected


@pytest.mark.rule("DIR-23")
def test_pane_lists_every_identity(client: Client, daniela: User, grace: User) -> None:
    html = page(client, daniela, "identities/")

    assert '<dialog class="pane small" open' in html
    assert '<th scope="row">mail</th><td>federated</td>' in html
    assert "contoso.onmicrosoft.com" in page(client, grace, "identities/")


@pytest.mark.rule("USR-19")
def test_rooms_above_fill_tiles_commands_and_facts(client: Client, daniela: User) -> None:
    for slot in (USER_TILES, USER_COMMANDS, USER_FACTS):
        slot.register("test", lambda request, user: format_html("<i>{}</i>", user.display_name))
    try:
        assert page(client, daniela).count("<i>Daniela Rossi</i>") == 3
    finally:
        for slot in (USER_TILES, USER_COMMANDS, USER_FACTS):
            slot.unregister("test")


@pytest.mark.rule("SEC-80")
@pytest.mark.parametrize("tail", PAGES)
def test_users_of_other_tenants_do_not_exist_here(client: Client, grace: User, tail: str) -> None:
    stranger = MemberFactory(display_name="Stefan Fremd")

    answer = client.get(f"/users/{stranger.pk}/{tail}")

    assert answer.status_code == 404
    assert "Stefan" not in answer.content.decode()
    assert client.get(f"/users/{uuid.uuid4()}/{tail}").status_code == 404


@pytest.mark.rule("DIR-28")
def test_deleted_user_has_no_page(client: Client, daniela: User) -> None:
    User.unscoped.filter(pk=daniela.pk).update(deleted_at=timezone.now())

    assert client.get(f"/users/{daniela.pk}/").status_code == 404


@pytest.mark.parametrize("tail", PAGES)
def test_page_costs_the_same_however_many_sponsors_there_are(
    client: Client, contoso: Tenant, daniela: User, tail: str
) -> None:
    crowd = [MemberFactory(tenant=contoso) for _ in range(5)]
    popular = PasscodeGuestFactory(tenant=contoso, sponsors=crowd, display_name="Popular")
    page(client, daniela, tail)

    with CaptureQueriesContext(connection) as one:
        page(client, daniela, tail)
    with CaptureQueriesContext(connection) as other:
        page(client, popular, tail)

    assert len(other) == len(one)


@pytest.mark.rule("SEC-69")
@pytest.mark.parametrize("tail", PAGES)
def test_pages_have_no_inline_code(client: Client, daniela: User, tail: str) -> None:
    assert not inline_code(page(client, daniela, tail))


@pytest.mark.rule("SES-5")
def test_revoking_asks_first_and_then_ends_every_session(client: Client, daniela: User) -> None:
    guest = Client()
    guest.force_login(daniela)
    before = daniela.sign_in_sessions_valid_from

    html = page(client, daniela, "revoke-sessions/")
    daniela.refresh_from_db()
    assert 'role="alertdialog"' in html
    assert daniela.sign_in_sessions_valid_from == before

    answer = client.post(f"/users/{daniela.pk}/revoke-sessions/", follow=True)

    daniela.refresh_from_db()
    assert daniela.sign_in_sessions_valid_from > before
    assert "Sessions revoked" in answer.content.decode()
    event = AuditEvent.objects.of(daniela.tenant).get(target_id=str(daniela.pk))
    assert event.activity == "Update StsRefreshTokenValidFrom Timestamp"


@pytest.mark.rule("USR-12", "SEC-77")
def test_revoking_is_for_the_roles_that_may(client: Client, contoso: Tenant, daniela: User) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=(Role.GLOBAL_READER,)))

    assert 'aria-describedby="refused-revoke"' in page(client, daniela)
    answer = client.post(f"/users/{daniela.pk}/revoke-sessions/")

    assert answer.status_code == 403
    assert not AuditEvent.objects.of(contoso).filter(target_id=str(daniela.pk)).exists()


def test_member_may_end_their_own_sessions(client: Client, contoso: Tenant, grace: User) -> None:
    member = MemberFactory(tenant=contoso)
    client.force_login(member)

    assert client.post(f"/users/{member.pk}/revoke-sessions/").status_code == 302
