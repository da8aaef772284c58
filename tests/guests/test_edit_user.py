"""Edit properties: the form, what it saves, conflicts, blocking and unblocking sign-in."""

from __future__ import annotations

import re
import uuid
from html import unescape
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from guests import queries
from guests.actions import editing
from guests.actions.editing import ChangedMeanwhile, Edit
from guests.actions.protections import LastAdministrator, OwnAccount
from guests.models import Group, Sponsorship, User
from portal.audit.models import AuditEvent
from portal.errors import DomainError, InvalidInput, NotAllowed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import (
    AdministratorFactory,
    GroupFactory,
    MemberFactory,
    PasscodeGuestFactory,
    TenantFactory,
)
from tests.pages import inline_code

pytestmark = pytest.mark.django_db

INPUT = re.compile(r"<(input|select|textarea)\b([^>]*)>(?:(.*?)</\1>)?", re.DOTALL)


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")
    client.force_login(grace)
    return grace


@pytest.fixture
def mel(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, display_name="Mel Weber", job_title="Buyer")


@pytest.fixture
def daniela(contoso: Tenant, grace: User) -> User:
    return PasscodeGuestFactory(
        tenant=contoso,
        address="daniela@wingtiptoys.com",
        display_name="Daniela Rossi",
        sponsors=[grace],
    )


def url_of(user: User) -> str:
    return f"/users/{user.pk}/properties/edit/"


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def values_in(html: str) -> dict[str, Any]:
    """What a browser would send of the form, buttons and searches left out."""
    form = html[html.index('id="edit"') :]
    form = form[: form.index("</form>")]
    found: dict[str, Any] = {}
    for tag, attributes, inner in INPUT.findall(form):
        named = dict(re.findall(r'([a-z-]+)="([^"]*)"', attributes))
        if "name" not in named or "disabled" in attributes or named["name"].endswith("-search"):
            continue
        if named.get("type") == "checkbox" and "checked" not in attributes:
            continue
        if tag == "select":
            chosen = re.search(r'value="([^"]*)" selected', inner)
            value = chosen[1] if chosen else ""
        else:
            value = named.get("value", "on" if named.get("type") == "checkbox" else "")
        name = named["name"]
        if name.endswith(("manager", "sponsors")):
            found.setdefault(name, []).append(value)
        else:
            found[name] = unescape(value)
    return found


def save(client: Client, user: User, **changes: Any) -> Any:
    sent = values_in(text(client.get(url_of(user)))) | changes
    return client.post(url_of(user), {**sent, "go": "save"})


def events(user: User) -> list[str]:
    rows = AuditEvent.objects.of(user.tenant).filter(target_id=str(user.pk))
    return list(
        rows.exclude(actor_id=None).values_list("activity", flat=True).order_by("created_at")
    )


def row(user: User) -> dict[str, Any]:
    return dict(User.unscoped.values().get(pk=user.pk))


@pytest.mark.rule("USR-18")
def test_form_has_its_tabs_and_every_tab_sends_everything(
    client: Client, grace: User, mel: User
) -> None:
    html = text(client.get(url_of(mel)))
    tabs = re.findall(r'name="go" value="([a-z-]+)" formnovalidate', html)
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
    assert queries.search(mel.tenant, queries.users(mel.tenant), "melanie").get() == mel
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

    labels = re.findall(r'<label for="id_[a-z_]+">([^<]+)</label>', html)
    assert labels == ["Business phone", "Mobile phone"]
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
        editing.edit(mel, by=grace, edits=[Edit("job_title", "Buyer", "Clerk")])


@pytest.mark.rule("DIR-18", "DIR-16")
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
    assert re.search(r'<input[^>]*name="account_enabled"[^>]*disabled', html)
    block = [Edit("account_enabled", True, False)]
    with pytest.raises(OwnAccount):
        editing.edit(grace, by=grace, edits=block)
    other = AdministratorFactory(tenant=contoso)
    User.unscoped.filter(pk=other.pk).update(account_enabled=False)

    with pytest.raises(LastAdministrator):
        editing.edit(grace, by=other, edits=block)  # whose page was open meanwhile


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
            editing.edit(user, by=by, edits=[Edit("account_enabled", True, False)])
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

    html = text(client.get(url_of(grace)))
    for name in ("account_enabled", "name", "domain", "user_type", "mail", "other_mails"):
        assert re.search(rf'<[^>]*name="{name}"[^>]* disabled', html), name
    answer = save(client, grace, mail="eve@contoso.com", job_title="Head")

    assert answer.status_code == 302
    grace.refresh_from_db()
    assert (grace.mail, grace.job_title) == ("grace.nakamura@contoso.com", "Head")
    ulla = MemberFactory(tenant=contoso, roles=(Role.USER_ADMINISTRATOR,))
    with pytest.raises(NotAllowed):
        editing.edit(grace, by=ulla, edits=[Edit("account_enabled", True, False)])
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


@pytest.mark.rule("DIR-9")
def test_managers_form_no_circle(client: Client, contoso: Tenant, grace: User, mel: User) -> None:
    assert save(client, mel, manager=str(grace.pk)).status_code == 302
    mel.refresh_from_db()
    assert mel.manager == grace

    answer = save(client, grace, manager=str(mel.pk))

    assert answer.status_code == 400
    assert "Nobody can be their own manager" in text(answer)
    with pytest.raises(InvalidInput):
        editing.edit(mel, by=grace, edits=[Edit("manager", grace, mel)])
    assert events(mel) == ["Set user manager"]


def test_deleted_manager_is_shown_nowhere_and_stands_in_nobodys_way(
    client: Client, contoso: Tenant, grace: User, mel: User
) -> None:
    boss = MemberFactory(tenant=contoso, display_name="Boss")
    save(client, mel, manager=str(boss.pk))
    User.unscoped.filter(pk=boss.pk).update(deleted_at=boss.created_at)

    assert "Boss" not in text(client.get(f"/users/{mel.pk}/properties/"))
    assert save(client, mel, city="Turin").status_code == 302
    assert save(client, mel, manager=str(grace.pk)).status_code == 302
    mel.refresh_from_db()
    assert (mel.city, mel.manager) == ("Turin", grace)


@pytest.mark.rule("DIR-25")
def test_guest_may_be_a_sponsor(
    client: Client, contoso: Tenant, grace: User, daniela: User
) -> None:
    other = PasscodeGuestFactory(tenant=contoso)

    assert save(client, daniela, sponsors=[str(other.pk)]).status_code == 302
    assert save(client, daniela, city="Turin").status_code == 302
    assert Sponsorship.objects.of(contoso).get(guest=daniela).sponsor == other


@pytest.mark.rule("DIR-25")
def test_sponsors_are_replaced_and_five_at_most(
    client: Client, contoso: Tenant, grace: User, daniela: User
) -> None:
    crowd = [MemberFactory(tenant=contoso) for _ in range(6)]
    ids = [str(user.pk) for user in crowd]

    assert save(client, daniela, sponsors=ids[:5]).status_code == 302
    stored = Sponsorship.objects.of(contoso).filter(guest=daniela)
    assert {row.sponsor for row in stored} == set(crowd[:5])
    answer = save(client, daniela, sponsors=ids)

    assert answer.status_code == 400
    assert "Choose 5 at most." in text(answer)
    with pytest.raises(ChangedMeanwhile):
        editing.edit(daniela, by=grace, edits=[Edit("sponsors", [grace], [])])


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
        editing.edit(mel, by=grace, edits=[Edit("job_title", "Buyer", "Pilot")])


def test_list_leads_to_the_form(client: Client, grace: User, mel: User) -> None:
    answer = client.post("/users/edit/", {"user": str(mel.pk)})

    assert answer["Location"] == url_of(mel)


@pytest.mark.rule("DIR-25")
def test_a_group_becomes_and_ceases_to_be_a_sponsor(
    client: Client, contoso: Tenant, grace: User, daniela: User
) -> None:
    sales = GroupFactory(tenant=contoso, display_name="Sales")
    both = [str(grace.pk), str(sales.pk)]

    assert save(client, daniela, sponsors=both).status_code == 302
    rows = Sponsorship.objects.of(contoso).filter(guest=daniela)
    assert {row.party for row in rows} == {grace, sales}
    event = AuditEvent.objects.of(contoso).get(activity="Update user")
    assert event.modified_properties[0]["new"] == [grace.user_principal_name, "Sales"]

    assert save(client, daniela, sponsors=[str(grace.pk)]).status_code == 302
    assert [row.party for row in rows.all()] == [grace]


@pytest.mark.rule("DIR-25", "SEC-86", "COL-2")
def test_sponsors_and_manager_are_found_by_name_and_never_the_person_themselves(
    client: Client, contoso: Tenant, grace: User, daniela: User
) -> None:
    GroupFactory(tenant=contoso, display_name="Danes")
    first = values_in(text(client.get(url_of(daniela))))
    html = text(client.post(url_of(daniela), {**first, "sponsors-search": "dan", "go": "job"}))
    assert "1 to choose from" in html
    assert "Danes" in html
    assert f'value="{grace.pk}" checked' in html
    html = text(client.post(url_of(daniela), {**first, "manager-search": "gra", "go": "job"}))
    assert f'name="manager" value="{grace.pk}"' in html


@pytest.mark.rule("USR-18")
def test_enter_in_a_search_for_people_saves_nothing(
    client: Client, grace: User, daniela: User
) -> None:
    first = values_in(text(client.get(url_of(daniela))))
    sent = {**first, "city": "Turin", "manager-search": "grace", "go": "enter"}
    assert client.post(url_of(daniela), sent).status_code == 200
    daniela.refresh_from_db()
    assert daniela.city == ""


@pytest.mark.rule("USR-18", "DIR-25")
def test_sponsors_changed_meanwhile_are_named_and_not_overwritten(
    client: Client, contoso: Tenant, grace: User, daniela: User, mel: User
) -> None:
    old = values_in(text(client.get(url_of(daniela))))
    assert save(client, daniela, sponsors=[str(mel.pk)]).status_code == 302
    answer = client.post(url_of(daniela), {**old, "sponsors": [], "go": "save"})
    assert answer.status_code == 400
    assert "Somebody changed this to “Mel Weber” meanwhile." in text(answer)
    assert Sponsorship.objects.of(contoso).get(guest=daniela).sponsor == mel


@pytest.mark.rule("DIR-27", "DIR-31")
def test_a_sponsor_deleted_meanwhile_is_refused(
    contoso: Tenant, grace: User, daniela: User, mel: User
) -> None:
    sales = GroupFactory(tenant=contoso)
    Group.objects.of(contoso).filter(pk=sales.pk).delete()
    User.unscoped.filter(pk=mel.pk).update(deleted_at=timezone.now())

    for gone in (sales, mel):
        with pytest.raises(InvalidInput):
            editing.edit(daniela, by=grace, edits=[Edit("sponsors", [grace], [grace, gone])])
