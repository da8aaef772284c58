"""Edit properties: the form, what it saves, conflicts, blocking and unblocking sign-in."""

from __future__ import annotations

import uuid
from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client

from guests.models import User
from guests.users.editing.actions import UserEdit, edit_user
from guests.users.guards import LastAdministrator, OwnAccount
from guests.users.queries import list_users, search_users
from portal.audit.models import AuditEvent
from portal.errors import ChangedMeanwhile, DomainError, NotAllowed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, TenantFactory
from tests.support.edit_form import events, row, save, text, url_of, values_in
from tests.support.page import inline_code, read_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def console(client: Client, grace: User) -> None:
    client.force_login(grace)


@pytest.mark.rule("USR-18")
def test_form_has_its_tabs_and_every_tab_sends_everything(
    client: Client, grace: User, mel: User
) -> None:
    html = text(client.get(url_of(mel)))
    tabs = [step.value for step in read_page(html).find("navigation", "Steps").fields("go")]
    assert tabs == ["all", "identity", "job", "contact", "parental", "settings", "on-premises"]
    names = set(values_in(html)) - {"find"}
    for tab in tabs:
        html = text(client.get(f"{url_of(mel)}?tab={tab}"))
        assert set(values_in(html)) - {"find"} == names, tab
        assert not inline_code(html)


@pytest.mark.rule("USR-18")
def test_one_save_stores_what_was_changed_on_several_tabs(
    client: Client, grace: User, mel: User
) -> None:
    first = values_in(text(client.get(f"{url_of(mel)}?tab=job")))
    second = values_in(
        text(client.post(url_of(mel), {**first, "job_title": "Pilot", "go": "contact"}))
    )
    assert second["job_title"] == "Pilot"

    answer = client.post(
        url_of(mel),
        {
            **second,
            "city": "Turin",
            "display_name": "Melanie Weber",
            "other_mails": "m@example.com, w@example.com",
            "age_group": "adult",
            "employee_hire_date": "2020-02-29",
            "usage_location": "de",
            "preferred_language": "en-US",
            "go": "save",
        },
        follow=True,
    )

    assert "Melanie Weber was saved" in text(answer)
    mel.refresh_from_db()
    assert (mel.job_title, mel.city, mel.display_name) == ("Pilot", "Turin", "Melanie Weber")
    assert mel.other_mails == ["m@example.com", "w@example.com"]
    assert (mel.age_group, mel.usage_location) == ("adult", "DE")
    assert str(mel.employee_hire_date) == "2020-02-29"
    assert mel.display_name_key == "melanie weber"
    assert search_users(mel.tenant, list_users(mel.tenant), "melanie").get() == mel
    event = AuditEvent.objects.of(mel.tenant).get(activity="Update user")
    assert {"name": "jobTitle", "old": "Buyer", "new": "Pilot"} in event.modified_properties
    assert len(event.modified_properties) == 8


def test_saving_without_a_change_logs_nothing(client: Client, grace: User, daniela: User) -> None:
    assert save(client, daniela).status_code == 302
    assert events(daniela) == []


@pytest.mark.rule("USR-18")
def test_search_shows_the_properties_with_this_name(client: Client, grace: User, mel: User) -> None:
    sent = values_in(text(client.get(url_of(mel))))

    html = text(client.post(url_of(mel), {**sent, "find": "phone", "go": "find"}))

    assert read_page(html).form("edit").names("textbox") == ["Business phone", "Mobile phone"]
    html = text(client.post(url_of(mel), {**sent, "find": "zzz", "go": "enter"}))
    assert "No property has this in its name." in html


@pytest.mark.rule("DIR-19", "USR-18")
def test_read_only_properties_are_shown_and_not_taken(
    client: Client, grace: User, daniela: User
) -> None:
    html = text(client.get(url_of(daniela)))
    assert "<dt>Object ID</dt>" in html
    assert "<dt>User principal name</dt>" in html
    assert "<dt>Legal age group classification</dt>" in html
    before = daniela.user_principal_name

    save(client, daniela, name="eve", domain="contoso.com", creation_type="", id="x")

    daniela.refresh_from_db()
    assert daniela.user_principal_name == before
    assert daniela.creation_type == "Invitation"


@pytest.mark.rule("USR-18")
def test_two_people_change_different_properties_and_both_stay(
    client: Client, grace: User, mel: User
) -> None:
    shown = values_in(text(client.get(url_of(mel))))
    save(client, mel, city="Turin")

    answer = client.post(url_of(mel), {**shown, "job_title": "Pilot", "go": "save"})

    assert answer.status_code == 302
    mel.refresh_from_db()
    assert (mel.city, mel.job_title) == ("Turin", "Pilot")


@pytest.mark.rule("USR-18")
def test_two_people_change_the_same_property_and_the_second_is_told(
    client: Client, grace: User, mel: User
) -> None:
    shown = values_in(text(client.get(url_of(mel))))
    save(client, mel, job_title="Pilot")

    answer = client.post(url_of(mel), {**shown, "job_title": "Clerk", "go": "save"})

    assert answer.status_code == 400
    assert "Somebody changed this to “Pilot” meanwhile" in text(answer)
    mel.refresh_from_db()
    assert mel.job_title == "Pilot"
    with pytest.raises(ChangedMeanwhile):
        edit_user(mel, by=grace, edits=[UserEdit("job_title", "Buyer", "Clerk")])


@pytest.mark.rule("DIR-17", "DIR-18", "DIR-16")
def test_user_type_changes_in_both_directions_and_nothing_else_does(
    client: Client, grace: User, daniela: User
) -> None:
    before = row(daniela)

    save(client, daniela, user_type="Member")
    after = row(daniela)
    assert {k for k in after if after[k] != before[k]} == {"user_type"}
    save(client, daniela, user_type="Guest")

    assert row(daniela) == before


@pytest.mark.rule("SIN-3", "SES-6")
def test_blocking_ends_sessions_and_unblocking_does_not_revive_them(
    client: Client, grace: User, mel: User
) -> None:
    browser = Client()
    browser.force_login(mel)
    assert browser.get("/users/").status_code == 200
    sent = values_in(text(client.get(f"{url_of(mel)}?tab=settings")))
    del sent["account_enabled"]

    client.post(url_of(mel), {**sent, "go": "save"})

    mel.refresh_from_db()
    assert not mel.account_enabled
    assert browser.get("/users/").status_code == 302
    save(client, mel, account_enabled="on")
    mel.refresh_from_db()
    assert mel.account_enabled
    assert browser.get("/users/").status_code == 302
    assert events(mel) == ["Disable account", "Enable account"]


@pytest.mark.rule("USR-25")
def test_nobody_blocks_themselves_or_the_last_administrator(
    client: Client, contoso: Tenant, grace: User
) -> None:
    html = text(client.get(f"{url_of(grace)}?tab=settings"))
    assert read_page(html).field("account_enabled").is_disabled
    block = [UserEdit("account_enabled", True, False)]
    with pytest.raises(OwnAccount):
        edit_user(grace, by=grace, edits=block)
    other = AdministratorFactory(tenant=contoso)
    User.unscoped.filter(pk=other.pk).update(account_enabled=False)

    with pytest.raises(LastAdministrator):
        edit_user(grace, by=other, edits=block)  # whose page was open meanwhile


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("USR-25")
def test_two_administrators_who_block_each_other_do_not_both_succeed() -> None:
    contoso = TenantFactory()
    ada, grace = AdministratorFactory(tenant=contoso), AdministratorFactory(tenant=contoso)
    ready = Barrier(2)
    refusals: list[type[DomainError]] = []

    def block(user_id: UUID, by_id: UUID) -> None:
        # Of their own: what the other thread refreshes must not tell this one.
        user, by = (User.unscoped.select_related("tenant").get(pk=pk) for pk in (user_id, by_id))
        ready.wait(timeout=10)
        try:
            edit_user(user, by=by, edits=[UserEdit("account_enabled", True, False)])
        except DomainError as refusal:
            refusals.append(type(refusal))
        finally:
            connections.close_all()

    pairs = ((ada.pk, grace.pk), (grace.pk, ada.pk))
    threads = [Thread(target=block, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refusals == [LastAdministrator]
    assert User.objects.of(contoso).filter(account_enabled=True).count() == 1


@pytest.mark.rule("ROL-5", "USR-18")
def test_what_is_beyond_the_role_is_locked(client: Client, contoso: Tenant, grace: User) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=(Role.USER_ADMINISTRATOR,)))

    page = read_page(client.get(url_of(grace)))
    for name in ("account_enabled", "name", "domain", "user_type", "mail", "other_mails"):
        assert all(field.is_disabled for field in page.fields(name)), name
        assert page.fields(name), name
    answer = save(client, grace, mail="eve@contoso.com", job_title="Head")

    assert answer.status_code == 302
    grace.refresh_from_db()
    assert (grace.mail, grace.job_title) == ("grace.nakamura@contoso.com", "Head")
    ulla = MemberFactory(tenant=contoso, roles=(Role.USER_ADMINISTRATOR,))
    with pytest.raises(NotAllowed):
        edit_user(grace, by=ulla, edits=[UserEdit("account_enabled", True, False)])
    assert AuditEvent.objects.of(contoso).filter(result="failure").count() == 1


@pytest.mark.rule("DIR-12", "DIR-14")
def test_principal_name_of_an_internal_user_changes(client: Client, grace: User, mel: User) -> None:
    assert save(client, mel, name="melanie", domain="contoso.onmicrosoft.com").status_code == 302
    mel.refresh_from_db()
    assert mel.user_principal_name == "melanie@contoso.onmicrosoft.com"
    answer = save(client, mel, name="grace.nakamura", domain="contoso.com")
    assert answer.status_code == 400
    assert "Somebody has this sign-in name already" in text(answer)
    assert "Use up to 64 letters" in text(save(client, mel, name="a#b"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"display_name": ""}, "Enter the name that others see."),
        ({"display_name": "a\u202eb"}, "without control characters"),
        ({"job_title": "j" * 129}, "128"),
        ({"city": "a\u0007b"}, "without control characters"),
        ({"mail": "no address"}, "address"),
        ({"other_mails": "fine@example.com, broken"}, "address"),
        ({"other_mails": ",".join(f"a{n}@example.com" for n in range(251))}, "250"),
        ({"preferred_language": "!"}, "Enter a language"),
        ({"usage_location": "Germany"}, "two letters"),
        ({"manager": "nobody@contoso.com"}, "not there any more"),
        ({"manager": str(uuid.uuid4())}, "not there any more"),
        ({"user_type": "Robot"}, "Select a valid choice"),
    ],
)
def test_bad_values_are_refused_at_the_field(
    client: Client, grace: User, mel: User, changes: dict[str, str], message: str
) -> None:
    answer = save(client, mel, **changes)

    assert answer.status_code == 400
    assert message in text(answer)
    assert "<title>Error: Edit properties" in text(answer)
    assert events(mel) == []


@pytest.mark.rule("USR-12", "SEC-77")
@pytest.mark.parametrize("role", [Role.GLOBAL_READER, Role.HELPDESK_ADMINISTRATOR])
def test_who_may_not_edit_sees_the_roles(
    client: Client, contoso: Tenant, mel: User, role: Role
) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=(role,)))

    for url in ("/users/", f"/users/{mel.pk}/"):
        assert 'aria-describedby="refused-edit"' in text(client.get(url))
    assert client.get(url_of(mel)).status_code == 403
    assert client.post(url_of(mel), {"go": "save"}).status_code == 403
    assert client.post("/users/edit/", {"user": str(mel.pk)}).status_code == 403


@pytest.mark.rule("SEC-80", "DIR-31")
def test_strangers_and_deleted_users_are_not_edited(client: Client, grace: User, mel: User) -> None:
    assert client.get(url_of(MemberFactory())).status_code == 404
    User.unscoped.filter(pk=mel.pk).update(deleted_at=mel.created_at)

    assert client.post(url_of(mel), {"go": "save"}).status_code == 404
    with pytest.raises(ChangedMeanwhile):
        edit_user(mel, by=grace, edits=[UserEdit("job_title", "Buyer", "Pilot")])


def test_list_leads_to_the_form(client: Client, grace: User, mel: User) -> None:
    answer = client.post("/users/edit/", {"user": str(mel.pk)})

    assert answer["Location"] == url_of(mel)
