"""Deleting, restoring and purging users: what the actions do and refuse."""

from __future__ import annotations

import uuid
from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.utils import timezone

from guests.identities.actions import accept_identity, bind_identity
from guests.models import Identity, Issuer, RoleAssignment, SearchTerm, Sponsorship, User
from guests.tasks import purge_deleted_users
from guests.users.creation.actions import create_guest
from guests.users.deletion import actions as deletion_actions
from guests.users.deletion.actions import (
    AlreadyDeleted,
    NameTaken,
    NotDeleted,
    delete_user,
    purge_deleted,
    purge_user,
    restore_user,
)
from guests.users.guards import LastAdministrator, OwnAccount
from portal.audit.models import AuditEvent, SignInEvent
from portal.errors import DomainError, NotAllowed
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.values.email_address import parse_email_address
from tests.factories import AdministratorFactory, MemberFactory, PasscodeGuestFactory, TenantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def daniela(contoso: Tenant, grace: User) -> User:
    return PasscodeGuestFactory(
        tenant=contoso, address="daniela@wingtiptoys.com", sponsors=[grace], job_title="Buyer"
    )


def activities(user: User) -> list[str]:
    events = AuditEvent.objects.of(user.tenant).filter(target_id=str(user.pk))
    return list(events.order_by("created_at", "id").values_list("activity", flat=True))


@pytest.mark.rule("DIR-28", "SES-6")
def test_deleting_ends_sessions_at_once(grace: User, daniela: User) -> None:
    browser = Client()
    browser.force_login(daniela)
    assert browser.get(f"/myapps/{daniela.tenant_id}/").status_code == 200

    delete_user(daniela, by=grace)

    assert browser.get(f"/myapps/{daniela.tenant_id}/").status_code == 302
    assert activities(daniela) == ["Delete user"]
    restore_user(daniela, by=grace)
    assert browser.get(f"/myapps/{daniela.tenant_id}/").status_code == 302


@pytest.mark.rule("DEL-4", "DIR-28")
def test_restored_guest_has_everything_it_had(grace: User, daniela: User) -> None:
    RoleAssignment.unscoped.create(
        tenant=daniela.tenant, user=daniela, role=Role.GUEST_INVITER.value
    )
    delete_user(daniela, by=grace)

    restore_user(daniela, by=grace)

    found = User.unscoped.present().get(pk=daniela.pk)
    assert found.is_accepted
    assert found.is_active
    assert found.job_title == "Buyer"
    assert found.roles == {"GuestInviter"}
    assert found.identities.get().issuer == "mail"
    assert found.sponsorships.get().sponsor == grace
    assert activities(daniela) == ["Delete user", "Restore user"]


@pytest.mark.rule("DIR-27")
def test_guests_lose_a_deleted_sponsor(contoso: Tenant, grace: User) -> None:
    bob = MemberFactory(tenant=contoso)
    guest = PasscodeGuestFactory(tenant=contoso, sponsors=[bob, grace])

    delete_user(bob, by=grace)

    assert [s.sponsor for s in Sponsorship.objects.of(contoso).filter(guest=guest)] == [grace]


@pytest.mark.rule("DIR-30")
def test_restoring_fails_when_the_address_was_invited_again(
    contoso: Tenant, grace: User, daniela: User
) -> None:
    delete_user(daniela, by=grace)
    create_guest(contoso, parse_email_address("daniela@wingtiptoys.com"))

    with pytest.raises(NameTaken, match="sign-in name or the address of daniela"):
        restore_user(daniela, by=grace)

    assert User.objects.of(contoso).deleted().get() == daniela
    assert activities(daniela) == ["Delete user"]


@pytest.mark.rule("DIR-30")
def test_restoring_fails_when_a_proxy_address_was_taken(contoso: Tenant, grace: User) -> None:
    bob = MemberFactory(tenant=contoso, proxy_addresses=["sales@contoso.com"])
    delete_user(bob, by=grace)
    MemberFactory(tenant=contoso, display_name="Sally", email="sales@contoso.com")

    with pytest.raises(NameTaken, match=r"Sally has the address sales@contoso\.com"):
        restore_user(bob, by=grace)


@pytest.mark.rule("ORG-5", "DIR-30")
def test_identity_of_a_deleted_guest_goes_to_the_new_one(
    contoso: Tenant, grace: User, daniela: User
) -> None:
    delete_user(daniela, by=grace)
    again = create_guest(contoso, parse_email_address("daniela@wingtiptoys.com"))
    bind_identity(again, issuer=Issuer.PASSCODE, provider_key="", subject="daniela@wingtiptoys.com")
    accept_identity(again)

    delete_user(again, by=grace)
    with pytest.raises(NameTaken, match="invited again"):
        restore_user(daniela, by=grace)
    restore_user(again, by=grace)

    assert Identity.objects.of(contoso).get().user == again


@pytest.mark.rule("EX-21", "DIR-29")
def test_thirty_days_decide(grace: User, daniela: User) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        delete_user(daniela, by=grace)
    with time_machine.travel(start + timedelta(days=29), tick=False):
        assert purge_deleted() == 0
        restore_user(daniela, by=grace)
        delete_user(daniela, by=grace)
    with time_machine.travel(start + timedelta(days=60), tick=False):
        with pytest.raises(NotDeleted):
            restore_user(daniela, by=grace)
        purge_deleted_users()

    assert not User.unscoped.filter(pk=daniela.pk).exists()


@pytest.mark.rule("DIR-29")
def test_purging_keeps_the_logs_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, contoso: Tenant, grace: User
) -> None:
    monkeypatch.setattr(deletion_actions, "BATCH", 2)
    guests = [PasscodeGuestFactory(tenant=contoso) for _ in range(5)]
    SignInEvent.objects.create(tenant=contoso, user=guests[0], status="success")
    for guest in guests[:4]:
        delete_user(guest, by=grace)
    User.unscoped.exclude(deleted_at=None).update(deleted_at=timezone.now() - timedelta(days=31))

    assert purge_deleted() == 4

    assert set(User.objects.of(contoso)) == {grace, guests[4]}
    assert Identity.objects.of(contoso).count() == 1
    assert not SearchTerm.objects.of(contoso).filter(user_id=guests[0].pk).exists()
    assert activities(guests[0]) == ["Delete user", "Hard Delete user"]
    purges = AuditEvent.objects.of(contoso).filter(activity="Hard Delete user")
    assert purges.filter(actor_kind="system").count() == 4
    assert SignInEvent.objects.of(contoso).get().user_id == guests[0].pk


@pytest.mark.rule("DEL-2")
def test_nothing_leads_back_from_a_purge(grace: User, daniela: User) -> None:
    with pytest.raises(NotDeleted):
        purge_user(daniela, by=grace)
    delete_user(daniela, by=grace)
    with pytest.raises(AlreadyDeleted):
        delete_user(daniela, by=grace)
    purge_user(daniela, by=grace)

    with pytest.raises(NotDeleted):
        restore_user(daniela, by=grace)


@pytest.mark.rule("USR-25")
def test_nobody_deletes_their_own_account(contoso: Tenant, grace: User) -> None:
    AdministratorFactory(tenant=contoso)

    with pytest.raises(OwnAccount):
        delete_user(grace, by=grace)


@pytest.mark.rule("USR-25")
def test_the_last_enabled_global_administrator_stays(contoso: Tenant, grace: User) -> None:
    other = AdministratorFactory(tenant=contoso)
    AdministratorFactory()
    User.unscoped.filter(pk=other.pk).update(account_enabled=False)

    with pytest.raises(LastAdministrator):
        delete_user(grace, by=other)  # whose page was open when somebody disabled them

    assert User.unscoped.get(pk=grace.pk).deleted_at is None


REACH = [
    ((), True),
    ((Role.GUEST_INVITER,), True),
    ((Role.HELPDESK_ADMINISTRATOR,), True),
    ((Role.USER_ADMINISTRATOR,), True),
    ((Role.USER_ADMINISTRATOR, Role.GLOBAL_READER), False),
    ((Role.GLOBAL_ADMINISTRATOR,), False),
    ((Role.SECURITY_ADMINISTRATOR,), False),
    ((Role.PRIVILEGED_ROLE_ADMINISTRATOR,), False),
    ((Role.EXTERNAL_IDENTITY_PROVIDER_ADMINISTRATOR,), False),
    ((Role.GLOBAL_READER,), False),
]


@pytest.mark.rule("ROL-5", "DEL-3")
@pytest.mark.parametrize(("roles", "is_in_reach"), REACH)
def test_user_administrators_reach_users_and_helpdesk(
    contoso: Tenant, grace: User, roles: tuple[Role, ...], is_in_reach: bool
) -> None:
    ulla = MemberFactory(tenant=contoso, roles=(Role.USER_ADMINISTRATOR,))
    person = MemberFactory(tenant=contoso, roles=roles)

    if not is_in_reach:
        with pytest.raises(NotAllowed):
            delete_user(person, by=ulla)
        refusal = AuditEvent.objects.of(contoso).filter(activity="Delete user").get()
        assert refusal.result == "failure"
        delete_user(person, by=grace)
        for operation in (restore_user, purge_user):
            with pytest.raises(NotAllowed):
                operation(person, by=ulla)
        return
    delete_user(person, by=ulla)
    restore_user(person, by=ulla)
    delete_user(person, by=ulla)
    purge_user(person, by=ulla)


@pytest.mark.rule("DEL-3")
@pytest.mark.parametrize(
    "role", [r for r in Role if r not in {Role.GLOBAL_ADMINISTRATOR, Role.USER_ADMINISTRATOR}]
)
def test_other_roles_delete_nobody(contoso: Tenant, grace: User, role: Role) -> None:
    person = MemberFactory(tenant=contoso)

    with pytest.raises(NotAllowed):
        delete_user(person, by=MemberFactory(tenant=contoso, roles=(role,)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("USR-25")
def test_two_administrators_who_delete_each_other_do_not_both_succeed() -> None:
    contoso = TenantFactory()
    ada, grace = AdministratorFactory(tenant=contoso), AdministratorFactory(tenant=contoso)
    ready = Barrier(2)
    refusals: list[type[DomainError]] = []

    def remove(user_id: UUID, by_id: UUID) -> None:
        # Of their own: what the other thread notes on a user must not tell this one.
        user, by = (User.unscoped.select_related("tenant").get(pk=pk) for pk in (user_id, by_id))
        ready.wait(timeout=10)
        try:
            delete_user(user, by=by)
        except DomainError as refusal:
            refusals.append(type(refusal))
        finally:
            connections.close_all()

    pairs = ((ada.pk, grace.pk), (grace.pk, ada.pk))
    threads = [Thread(target=remove, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refusals == [LastAdministrator]
    assert User.objects.of(contoso).present().count() == 1


@pytest.mark.rule("SEC-80")
def test_unknown_ids_are_no_users(client: Client, grace: User) -> None:
    client.force_login(grace)
    stranger = MemberFactory()

    for value in (str(stranger.pk), str(uuid.uuid4()), "nonsense"):
        assert client.post("/users/delete/", {"user": value}).status_code == 404
        assert client.post("/users/deleted/restore/", {"user": value}).status_code == 404
    assert User.unscoped.get(pk=stranger.pk).deleted_at is None
