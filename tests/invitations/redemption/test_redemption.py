"""Accepting: all or nothing, once, by the right identity (RED-8 to RED-10, CON-6, SEC-22)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from guests.identities.actions import IdentityTaken
from guests.models import Identity, User
from identityproviders.models import SignInStep
from invitations.inviting.errors import NoLongerValid, NotPending, NotProven, RedemptionRefused
from invitations.lifecycle.actions import revoke_invitation
from invitations.models import Invitation, InvitationStatus
from invitations.redemption import actions as redemption_actions
from invitations.redemption.actions import redeem_invitation
from portal.audit import log
from portal.audit.models import AuditEvent
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, Invite, SetPolicy, proven


def stands(invitation: Invitation) -> tuple[str, str, int]:
    """State of the guest, status of the invitation, number of identities."""
    user = User.unscoped.get(pk=invitation.user_id)
    row = Invitation.unscoped.get(pk=invitation.pk)
    return user.external_user_state, row.status, Identity.unscoped.filter(user=user).count()


PENDING = ("PendingAcceptance", InvitationStatus.PENDING, 0)
REFUSED = ("PendingAcceptance", InvitationStatus.ERROR, 0)


@pytest.mark.rule("CON-6", "RED-10", "SEC-22", "DIR-20", "DIR-22", "T5", "T23")
def test_accepting_binds_accepts_completes_and_logs(invite: Invite) -> None:
    invitation = invite().invitation

    user = redeem_invitation(proven(invitation))

    assert user.is_accepted
    assert stands(invitation) == ("Accepted", InvitationStatus.COMPLETED, 1)
    identity = Identity.unscoped.get(user=user)
    assert (identity.issuer, identity.subject) == ("mail", NICOLE)
    assert (identity.sign_in_type, identity.issuer_assigned_id) == ("federated", NICOLE)
    user.refresh_from_db()
    assert user.identity_issuer == "mail"
    event = AuditEvent.objects.of(user.tenant).get(activity="Redeem external user invite")
    assert (event.result, event.actor_id) == ("success", user.pk)


@pytest.mark.rule("SEC-22", "INV-7")
def test_a_replay_changes_nothing(invite: Invite) -> None:
    invitation = invite().invitation
    redeem_invitation(proven(invitation))
    before = stands(invitation)

    with pytest.raises(NotPending):
        redeem_invitation(proven(invitation, proven_issuer="google.com", proven_subject="1"))

    assert stands(invitation) == before


@pytest.mark.rule("SEC-36", "SEC-25", "RED-8")
def test_another_mailbox_proves_nothing(invite: Invite) -> None:
    invitation = invite().invitation

    with pytest.raises(NotProven):
        redeem_invitation(proven(invitation, proven_address="mallory@firstupconsultants.com"))

    assert stands(invitation) == REFUSED


@pytest.mark.rule("RED-9", "SEC-34", "AUD-1")
def test_an_identity_of_another_guest_is_refused_by_name_in_the_log_only(
    invite: Invite, fabrikam: Tenant
) -> None:
    GuestFactory(
        tenant=fabrikam,
        address="nic@firstupconsultants.com",
        accepted_with="ExternalAzureAD",
        subject="42",
        provider_key="home",
    )
    invitation = invite().invitation
    txn = proven(
        invitation, proven_issuer="ExternalAzureAD", proven_provider_key="home", proven_subject="42"
    )

    with pytest.raises(IdentityTaken) as refusal:
        redeem_invitation(txn)

    assert "nic@firstupconsultants.com" not in str(refusal.value)
    assert stands(invitation) == REFUSED
    event = AuditEvent.objects.of(fabrikam).get(activity="Redeem external user invite")
    assert event.result == "failure"
    assert "nic@firstupconsultants.com" in event.result_reason


@pytest.mark.rule("COL-13", "SEC-30", "EX-13")
def test_ex_13_a_domain_denied_meanwhile_stops_pending_guests_only(
    invite: Invite, set_policy: SetPolicy, fabrikam: Tenant
) -> None:
    accepted = PasscodeGuestFactory(tenant=fabrikam, address="old@firstupconsultants.com")
    invitation = invite().invitation
    set_policy(restriction="deny", listed=["firstupconsultants.com"])

    with pytest.raises(RedemptionRefused):
        redeem_invitation(proven(invitation))

    assert stands(invitation) == REFUSED
    assert User.unscoped.get(pk=accepted.pk).is_accepted
    set_policy(restriction="any")
    redeem_invitation(proven(invitation))
    assert stands(invitation)[0] == "Accepted"


@pytest.mark.rule("SEC-40", "RED-7")
def test_a_disabled_guest_does_not_get_in(invite: Invite) -> None:
    invitation = invite().invitation
    User.unscoped.filter(pk=invitation.user_id).update(account_enabled=False)

    with pytest.raises(RedemptionRefused) as refusal:
        redeem_invitation(proven(invitation))

    assert refusal.value.code == 50057
    assert stands(invitation) == REFUSED


@pytest.mark.rule("RED-7", "SEC-23")
@pytest.mark.parametrize("with_ticket", [True, False])
def test_a_revoked_invitation_is_not_accepted_by_any_way(
    invite: Invite, ada: User, with_ticket: bool
) -> None:
    invitation = invite().invitation
    txn = proven(invitation, invitation_id=invitation.pk if with_ticket else None)
    revoke_invitation(invitation, by=ada)

    with pytest.raises(NoLongerValid):
        redeem_invitation(txn)

    assert stands(invitation) == ("PendingAcceptance", InvitationStatus.REVOKED, 0)


@pytest.mark.rule("RED-7")
def test_a_deleted_guest_does_not_get_in(invite: Invite) -> None:
    invitation = invite().invitation
    txn = proven(invitation)
    User.unscoped.filter(pk=invitation.user_id).update(deleted_at=timezone.now())
    with pytest.raises(NoLongerValid):
        redeem_invitation(txn)


@pytest.mark.rule("RED-2", "CON-8")
def test_a_direct_link_completes_the_open_invitation(invite: Invite) -> None:
    invitation = invite().invitation
    redeem_invitation(proven(invitation, invitation_id=None, entry="direct"))
    assert stands(invitation) == ("Accepted", InvitationStatus.COMPLETED, 1)


@pytest.mark.rule("CON-1", "SEC-41")
@pytest.mark.parametrize(
    "columns", [{"step": SignInStep.METHOD}, {"proven_issuer": ""}, {"user": None}]
)
def test_nothing_is_accepted_before_a_proof(invite: Invite, columns: dict[str, Any]) -> None:
    invitation = invite().invitation
    with pytest.raises(NotPending):
        redeem_invitation(proven(invitation, **columns))
    assert stands(invitation) == PENDING


@pytest.mark.rule("RED-10", "REL-1")
@pytest.mark.parametrize("broken", ["bind_identity", "accept_identity", "record"])
def test_a_crash_leaves_the_guest_pending(
    invite: Invite, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    invitation = invite().invitation
    txn = proven(invitation)
    place: Any = log if broken == "record" else redemption_actions
    real = getattr(place, broken)

    def breaks(*args: Any, **values: Any) -> Any:
        real(*args, **values)
        raise RuntimeError("pulled the plug")

    monkeypatch.setattr(place, broken, breaks)
    with pytest.raises(RuntimeError):
        redeem_invitation(txn)
    monkeypatch.undo()

    assert stands(invitation) == PENDING
    redeem_invitation(txn)
    assert stands(invitation)[0] == "Accepted"
