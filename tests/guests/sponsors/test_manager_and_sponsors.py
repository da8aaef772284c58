"""Whom a user answers to: manager and sponsors, picked in *Edit properties* (DIR-9, DIR-25)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from guests.models import Group, Sponsorship, User
from guests.users.editing.actions import UserEdit, edit_user
from portal.audit.models import AuditEvent
from portal.errors import ChangedMeanwhile, InvalidInput
from portal.tenants.models import Tenant
from tests.factories import GroupFactory, MemberFactory, PasscodeGuestFactory
from tests.support.edit_form import events, save, text, url_of, values_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def console(client: Client, grace: User) -> None:
    client.force_login(grace)


@pytest.mark.rule("DIR-9")
def test_managers_form_no_circle(client: Client, contoso: Tenant, grace: User, mel: User) -> None:
    assert save(client, mel, manager=str(grace.pk)).status_code == 302
    mel.refresh_from_db()
    assert mel.manager == grace

    answer = save(client, grace, manager=str(mel.pk))

    assert answer.status_code == 400
    assert "Nobody can be their own manager" in text(answer)
    with pytest.raises(InvalidInput):
        edit_user(mel, by=grace, edits=[UserEdit("manager", grace, mel)])
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
        edit_user(daniela, by=grace, edits=[UserEdit("sponsors", [grace], [])])


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
            edit_user(daniela, by=grace, edits=[UserEdit("sponsors", [grace], [grace, gone])])
