"""The life of invitations as a state machine: no order of steps breaks it (INV-2, SEC-22, SEC-23).

Hypothesis presses every button in orders nobody thought of. After each step stand: one open
invitation at most for a user and for an address, every link does what the last steps say, an
accepted guest has one identity and a pending one none, and every change left its audit row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from guests.models import Identity, User
from guests.users.deletion.actions import delete_user, purge_user, restore_user
from guests.users.editing.actions import UserEdit, edit_user
from invitations.blocking.actions import block_invitations, unblock_invitations
from invitations.blocking.tokens import Blockable
from invitations.inviting import tickets
from invitations.inviting.actions import InviteResult
from invitations.inviting.models import OPEN_STATUSES
from invitations.lifecycle import resetting
from invitations.lifecycle.actions import resend_invitation, revoke_invitation
from invitations.models import Invitation, InvitationPolicy
from invitations.redemption import opened_invitation
from invitations.redemption.actions import redeem_invitation
from portal.audit import log
from portal.audit.log import Activity
from portal.audit.models import AuditEvent
from portal.errors import DomainError
from portal.tenants.models import Tenant
from portal.values.email_address import CanonicalAddress, parse_email_address
from tests.support.invitations import TARGET, proven
from tests.support.inviting import invite_guest, reset_redemption, restore_and_invite

pytestmark = pytest.mark.django_db

ADDRESSES = ("a@one.example", "b@two.example", "c@three.example")
AGE_IN_DAYS = 30
COUNTED = (
    log.INVITE,
    log.INVITE_RESET,
    log.RESEND,
    log.REVOKE_INVITATION,
    log.REDEEM,
    log.DELETE_USER,
    log.RESTORE_USER,
    log.HARD_DELETE_USER,
    log.DISABLE_ACCOUNT,
    log.ENABLE_ACCOUNT,
    log.UNSUBSCRIBED,
    log.SUBSCRIBED,
)
address_of = st.sampled_from(ADDRESSES)
choice = st.integers(min_value=0, max_value=11)
Item = TypeVar("Item")


@dataclass
class Link:
    """A ticket that somebody has, and what should be true of it."""

    user_id: UUID
    invitation_id: UUID
    is_killed: bool = False


class Lifecycle(RuleBasedStateMachine):
    """One tenant and three addresses."""

    tenant: Tenant
    ada: User

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.links: dict[str, Link] = {}
        self.open: dict[UUID, str] = {}
        self.expired: set[UUID] = set()
        self.accepted: set[UUID] = set()
        self.blocked: set[str] = set()
        self.rows: Counter[str] = Counter(self.counted())

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    # What stands

    def users(self, *, deleted: bool = False, **values: Any) -> list[User]:
        rows = User.objects.of(self.tenant).exclude(pk=self.ada.pk)
        rows = rows.filter(deleted_at__isnull=not deleted, **values)
        return list(rows.select_related("tenant").order_by("created_at", "pk"))

    def invitation(self, ticket: str) -> Invitation:
        pk = self.links[ticket].invitation_id
        rows = Invitation.objects.of(self.tenant).select_related("tenant", "user__tenant")
        found: Invitation = rows.get(pk=pk)
        return found

    def counted(self) -> dict[str, int]:
        rows = AuditEvent.objects.of(self.tenant).filter(result="success")
        names = Counter(rows.values_list("activity", flat=True))
        return {activity.name: names[activity.name] for activity in COUNTED}

    def is_known(self, ticket: str) -> bool:
        """Whether the guest of the link is there, deleted or not."""
        return bool(User.objects.of(self.tenant).filter(pk=self.links[ticket].user_id).exists())

    # How steps are tried

    def tried(self, step: Callable[[], Item], *activities: Activity) -> Item | None:
        """What the step gives; None for a refusal, which leaves no row of success."""
        try:
            with transaction.atomic():
                result = step()
        except DomainError:
            return None
        self.rows.update(activity.name for activity in activities)
        return result

    def wait(self, **amount: int) -> None:
        """Let the waiting times of T21 pass."""
        gap = timedelta(**(amount or {"minutes": 10}))
        rows = Invitation.objects.of(self.tenant)
        rows.update(requested_at=F("requested_at") - gap, resent_at=F("resent_at") - gap)

    def note(self, result: InviteResult) -> None:
        """A link was handed out or made anew."""
        ticket = tickets.ticket_of(result.invitation)
        self.links.setdefault(ticket, Link(result.user.pk, result.invitation.pk))
        if result.invitation.is_open:
            self.open[result.user.pk] = ticket
            self.expired.discard(result.user.pk)
        assert result.is_mail_queued is False or not self.is_blocked(result.invitation)

    def is_blocked(self, invitation: Invitation) -> bool:
        return invitation.address in self.blocked

    def kill(self, user_id: UUID) -> None:
        """Every link of the guest is dead, nothing of before counts."""
        for link in self.links.values():
            if link.user_id == user_id:
                link.is_killed = True
        self.open.pop(user_id, None)
        self.expired.discard(user_id)
        self.accepted.discard(user_id)

    # Steps

    @rule(address=address_of)
    def invite(self, address: str) -> None:
        self.wait()
        before = AuditEvent.objects.of(self.tenant).filter(activity=log.INVITE.name).count()
        result = self.tried(
            lambda: invite_guest(self.tenant, by=self.ada, address=address, redirect_url=TARGET)
        )
        if result is None:
            return
        if result.user.pk not in self.accepted:
            self.rows[log.INVITE.name] += 1
        assert self.rows[log.INVITE.name] >= before
        self.note(result)

    @precondition(lambda self: self.open)
    @rule(n=choice)
    def resend(self, n: int) -> None:
        self.wait()
        ticket = nth(list(self.open.values()), n)
        if not self.is_known(ticket):
            return
        result = self.tried(
            lambda: resend_invitation(self.invitation(ticket), by=self.ada), log.RESEND
        )
        if result is not None:
            assert tickets.ticket_of(result.invitation) == ticket
            self.note(result)

    @precondition(lambda self: self.open)
    @rule(n=choice)
    def revoke(self, n: int) -> None:
        ticket = nth(list(self.open.values()), n)
        if not self.is_known(ticket):
            return
        invitation = self.invitation(ticket)
        revoke_invitation(invitation, by=self.ada)
        self.rows[log.REVOKE_INVITATION.name] += 1
        self.links[ticket].is_killed = True
        del self.open[invitation.user_id]
        self.expired.discard(invitation.user_id)

    @precondition(lambda self: self.open)
    @rule(n=choice)
    def expire(self, n: int) -> None:
        user_id = nth(list(self.open), n)
        gap = timedelta(days=AGE_IN_DAYS + 1)
        Invitation.objects.of(self.tenant).filter(user=user_id).update(
            created_at=F("created_at") - gap, resent_at=F("resent_at") - gap
        )
        self.expired.add(user_id)

    @precondition(lambda self: self.links)
    @rule(n=choice)
    def redeem(self, n: int) -> None:
        ticket = nth(list(self.links), n)
        if not self.is_known(ticket):
            return
        invitation = self.invitation(ticket)
        user = invitation.user
        is_due = (
            self.open.get(user.pk) == ticket
            and user.pk not in self.expired
            and user.deleted_at is None
            and user.account_enabled
        )
        txn = proven(invitation)
        done = self.tried(lambda: redeem_invitation(txn), log.REDEEM)
        assert (done is not None) is is_due
        if done is not None:
            self.accepted.add(user.pk)
            del self.open[user.pk]

    @rule(address=address_of)
    def block(self, address: str) -> None:
        if block_invitations(Blockable(self.tenant, CanonicalAddress(address))):
            self.rows[log.UNSUBSCRIBED.name] += 1
        self.blocked.add(address)

    @rule(address=address_of)
    def unblock(self, address: str) -> None:
        if unblock_invitations(Blockable(self.tenant, CanonicalAddress(address))):
            self.rows[log.SUBSCRIBED.name] += 1
        self.blocked.discard(address)

    @precondition(lambda self: self.users())
    @rule(n=choice)
    def switch(self, n: int) -> None:
        """Disable the account, or enable it again."""
        user = nth(self.users(), n)
        new = not user.account_enabled
        edit_user(user, by=self.ada, edits=[UserEdit("account_enabled", not new, new)])
        self.rows[(log.ENABLE_ACCOUNT if new else log.DISABLE_ACCOUNT).name] += 1

    @precondition(lambda self: self.users())
    @rule(n=choice, address=st.none() | address_of)
    def reset(self, n: int, address: str | None) -> None:
        user = nth(self.users(), n)
        result = self.tried(
            lambda: reset_redemption(user, by=self.ada, address=address or "", redirect_url=TARGET),
            log.INVITE_RESET,
        )
        if result is not None:
            self.kill(user.pk)
            self.note(result)

    @precondition(lambda self: self.users())
    @rule(n=choice)
    def delete(self, n: int) -> None:
        delete_user(nth(self.users(), n), by=self.ada)
        self.rows[log.DELETE_USER.name] += 1

    @precondition(lambda self: self.users(deleted=True))
    @rule(n=choice)
    def restore(self, n: int) -> None:
        user = nth(self.users(deleted=True), n)
        self.tried(lambda: restore_user(user, by=self.ada), log.RESTORE_USER)

    @precondition(lambda self: self.users(deleted=True))
    @rule(address=address_of)
    def restore_and_invite(self, address: str) -> None:
        guest = resetting.restorable_guest(self.tenant, parse_email_address(address), by=self.ada)
        if guest is None:
            return
        result = self.tried(
            lambda: restore_and_invite(guest, by=self.ada, address=address, redirect_url=TARGET),
            log.RESTORE_USER,
            log.INVITE_RESET,
        )
        if result is not None:
            assert result.user.pk == guest.pk
            self.kill(guest.pk)
            self.note(result)

    @precondition(lambda self: self.users(deleted=True))
    @rule(n=choice)
    def purge(self, n: int) -> None:
        user = nth(self.users(deleted=True), n)
        user_id = user.pk
        purge_user(user, by=self.ada)
        self.rows[log.HARD_DELETE_USER.name] += 1
        self.kill(user_id)

    # What always holds

    @invariant()
    def one_open_invitation_for_a_user_and_an_address(self) -> None:
        rows = Invitation.objects.of(self.tenant).filter(status__in=OPEN_STATUSES)
        found = list(rows.select_related("user"))
        assert set(Counter(row.user_id for row in found).values()) <= {1}
        present = [row for row in found if row.user.deleted_at is None]
        assert set(Counter(row.address for row in present).values()) <= {1}
        assert {row.user_id: tickets.ticket_of(row) for row in found} == self.open

    @invariant()
    def every_link_does_what_it_should(self) -> None:
        present = {user.pk for user in self.users()}
        for ticket, link in self.links.items():
            is_too_old = link.user_id in self.expired and self.open.get(link.user_id) == ticket
            works = not link.is_killed and link.user_id in present and not is_too_old
            assert _leads_somewhere(ticket) is works

    @invariant()
    def an_accepted_guest_has_one_identity_and_a_pending_one_none(self) -> None:
        of_user = Counter(Identity.objects.of(self.tenant).values_list("user", flat=True))
        for user in self.users():
            assert user.is_accepted is (user.pk in self.accepted)
            assert user.is_pending is not user.is_accepted
            assert of_user[user.pk] == (1 if user.is_accepted else 0)

    @invariant()
    def every_change_left_its_row(self) -> None:
        assert self.counted() == {activity.name: self.rows[activity.name] for activity in COUNTED}


def nth(items: list[Item], n: int) -> Item:
    """One of the items, whatever the number."""
    return items[n % len(items)]


def _leads_somewhere(ticket: str) -> bool:
    try:
        opened_invitation.usable_invitation(tickets.find_invitation(ticket))
    except DomainError:
        return False
    return True


@pytest.mark.rule("INV-2", "INV-4", "INV-12", "INV-13", "INV-17", "SEC-22", "SEC-23", "AUD-1")
def test_no_order_of_steps_breaks_the_life_of_an_invitation(fabrikam: Tenant, ada: User) -> None:
    InvitationPolicy.objects.create(tenant=fabrikam, maximum_age_days=AGE_IN_DAYS)

    class OfFabrikam(Lifecycle):
        tenant = fabrikam

    OfFabrikam.ada = ada
    run_state_machine_as_test(
        OfFabrikam,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            derandomize=True,
            deadline=None,
            phases=[Phase.generate],  # the steps of a failure are few; shrinking takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
