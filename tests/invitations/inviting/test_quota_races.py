"""Several at once add a guest to a tenant with room for some of them (T18 row 8, T21)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from guests.models import Issuer, User
from guests.users.deletion.actions import delete_user
from identityproviders.models import PasscodePolicy, SignInStep, SignInTransaction
from invitations.inviting import bulk_invite
from invitations.models import CollaborationPolicy, UserFlow
from invitations.user_flows import signing_up
from invitations.user_flows.actions import FlowSettings, create_user_flow
from portal.errors import DomainError
from portal.tenants.models import Tenant
from tests.factories import MemberFactory
from tests.support.invitations import TARGET, THREADS, AtOnce, Invite
from tests.support.inviting import invite_guest, invite_member, restore_and_invite

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.rule("T18", "T21")]

ROOM = 3
ADDRESSES = [f"guest{number}@partner{number}.example" for number in range(THREADS)]


@pytest.fixture
def limited(fabrikam: Tenant) -> Tenant:
    """Fabrikam with room for three guests."""
    fabrikam.guest_quota = ROOM
    fabrikam.save()
    return fabrikam


def guests_of(tenant: Tenant) -> int:
    return int(User.objects.of(tenant).external().count())


def outcome(add_guest: Any) -> object:
    """The status of the refusal; 200 for a guest who was added."""
    try:
        add_guest()
    except DomainError as error:
        return error.status
    return 200


def test_invitations_at_once_do_not_exceed_the_quota(
    limited: Tenant, ada: User, at_once: AtOnce
) -> None:
    def invite(number: int) -> object:
        return outcome(
            lambda: invite_guest(limited, by=ada, address=ADDRESSES[number], redirect_url=TARGET)
        )

    answers = at_once(invite)

    assert guests_of(limited) == ROOM
    assert sorted(answers, key=str) == [200] * ROOM + [400] * (THREADS - ROOM)


def test_bulk_rows_at_once_do_not_exceed_the_quota(
    limited: Tenant, ada: User, at_once: AtOnce
) -> None:
    def run_rows(number: int) -> None:
        rows = [
            {
                "inviteeEmail": f"row{row}.{ADDRESSES[number]}",
                "inviteRedirectURL": TARGET,
                "sendEmail": "true",
                "customizedMessageBody": "",
            }
            for row in range(2)
        ]
        with transaction.atomic(), bulk_invite.KIND.begin(ada, rows) as run_row:
            for row in rows:
                outcome(lambda row=row: run_row(row))

    at_once(run_rows)

    assert guests_of(limited) == ROOM


def test_restoring_at_once_does_not_exceed_the_quota(
    fabrikam: Tenant, ada: User, invite: Invite, at_once: AtOnce
) -> None:
    deleted = [invite(address).user for address in ADDRESSES]
    for guest in deleted:
        delete_user(guest, by=ada)
    Tenant.objects.filter(pk=fabrikam.pk).update(guest_quota=ROOM)

    def restore(number: int) -> object:
        guest = User.unscoped.select_related("tenant").get(pk=deleted[number].pk)
        address = ADDRESSES[number]
        return outcome(
            lambda: restore_and_invite(guest, by=ada, address=address, redirect_url=TARGET)
        )

    answers = at_once(restore)

    assert guests_of(fabrikam) == ROOM
    assert answers.count(200) == ROOM


def test_inviting_internal_users_at_once_does_not_exceed_the_quota(
    limited: Tenant, ada: User, at_once: AtOnce
) -> None:
    members = [MemberFactory(tenant=limited) for _address in ADDRESSES]

    def invite(number: int) -> object:
        user = User.unscoped.select_related("tenant").get(pk=members[number].pk)
        return outcome(
            lambda: invite_member(user, by=ada, address=ADDRESSES[number], redirect_url=TARGET)
        )

    answers = at_once(invite)

    assert guests_of(limited) == ROOM
    assert answers.count(200) == ROOM


@pytest.fixture
def flow(limited: Tenant, ada: User) -> UserFlow:
    CollaborationPolicy.objects.create(tenant=limited, is_self_service_allowed=True)
    PasscodePolicy.objects.create(tenant=limited, stored="enabled")
    return create_user_flow(limited, "partners", FlowSettings(offers_passcode=True), by=ada)


def test_signing_up_at_once_does_not_exceed_the_quota(
    limited: Tenant, flow: UserFlow, at_once: AtOnce
) -> None:
    now = timezone.now()
    proven = [
        SignInTransaction.objects.create(
            tenant=limited,
            sign_up_id=flow.pk,
            step=SignInStep.CONSENT,
            entry="invitation",
            method="passcode",
            address=address,
            address_key=address,
            proof_key=address,
            proven_issuer=Issuer.PASSCODE,
            proven_subject=address,
            proven_address=address,
            proven_at=now,
            expires_at=now + timedelta(hours=1),
        )
        for address in ADDRESSES
    ]

    def sign_up(number: int) -> object:
        txn = SignInTransaction.unscoped.select_related("tenant").get(pk=proven[number].pk)
        return outcome(lambda: signing_up.sign_up(txn, {}))

    answers = at_once(sign_up)

    assert guests_of(limited) == ROOM
    assert answers.count(200) == ROOM
