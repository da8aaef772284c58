"""No log row holds a secret, a password, a code or a ticket (AUD-4, IDP-4)."""

from __future__ import annotations

import json

import pytest

from guests.actions.password_reset import reset_password
from guests.models import User
from identityproviders import passcodes
from identityproviders.actions import codes, personal_accounts, social
from identityproviders.models import CodePurpose, SignInTransaction, SocialProvider
from invitations import tickets
from invitations.actions import resetting
from portal.audit.models import AuditEvent, SignInEvent
from portal.outbox import sweeper
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, MemberFactory
from tests.invitations.conftest import NICOLE, TARGET, Invite, proven

pytestmark = pytest.mark.django_db


@pytest.mark.rule("AUD-4", "IDP-4", "SEC-101")
def test_no_secret_stands_in_any_row_of_both_logs(
    invite: Invite, ada: User, fabrikam: Tenant
) -> None:
    sweeper.beat("tests", ["passcode"])
    secrets = [PASSWORD, "a-secret-of-google"]
    member = MemberFactory(tenant=fabrikam)
    secrets.append(reset_password(member, by=ada))
    social.save(
        fabrikam,
        SocialProvider.Kind.GOOGLE,
        by=ada,
        client_id="client-of-google.apps.googleusercontent.com",
        client_secret="a-secret-of-google",
    )
    invitation = invite(NICOLE).invitation
    secrets.append(tickets.ticket_of(invitation))
    again = resetting.reset(invitation.user, by=ada, redirect_url=TARGET).invitation
    secrets.append(tickets.ticket_of(again))
    txn = proven(again, step="method", proven_issuer="", proven_at=None)
    codes.send(txn)
    standing = passcodes.latest(txn)
    assert standing is not None
    secrets.append(passcodes.derive(standing.row))
    SignInTransaction.unscoped.filter(pk=txn.pk).update(code_for=CodePurpose.CREATE)
    txn = SignInTransaction.unscoped.select_related("tenant", "user__tenant").get(pk=txn.pk)
    passcodes.hand_over(standing.row)
    codes.enter(txn, secrets[-1])
    personal_accounts.create(txn, display_name="Nicole", password=PASSWORD)

    rows = [*AuditEvent.unscoped.values(), *SignInEvent.unscoped.values()]
    text = json.dumps(rows, default=str)

    assert len(rows) > 5
    assert [secret for secret in secrets if secret in text] == []
