"""No log row holds a secret, a password, a code or a ticket (AUD-4, IDP-4)."""

from __future__ import annotations

import json

import pytest

from guests.models import User
from guests.passwords.actions import reset_password
from identityproviders.accounts.actions import create_personal_account
from identityproviders.models import CodePurpose, SignInTransaction, SocialProvider
from identityproviders.passcodes import one_time_codes
from identityproviders.passcodes.actions import enter_passcode, send_passcode
from identityproviders.providers.social.actions import save_social_provider
from invitations.inviting import tickets
from portal.audit.models import AuditEvent, SignInEvent
from portal.outbox.sending import sweeper
from portal.tenants.models import Tenant
from tests.factories import PASSWORD, MemberFactory
from tests.support.invitations import NICOLE, TARGET, Invite, proven
from tests.support.inviting import reset_redemption

pytestmark = pytest.mark.django_db


@pytest.mark.rule("AUD-4", "IDP-4", "SEC-101")
def test_no_secret_stands_in_any_row_of_both_logs(
    invite: Invite, ada: User, fabrikam: Tenant
) -> None:
    sweeper.note_heartbeat("tests", ["passcode"])
    secrets = [PASSWORD, "a-secret-of-google"]
    member = MemberFactory(tenant=fabrikam)
    secrets.append(reset_password(member, by=ada))
    save_social_provider(
        fabrikam,
        SocialProvider.Kind.GOOGLE,
        by=ada,
        client_id="client-of-google.apps.googleusercontent.com",
        client_secret="a-secret-of-google",
    )
    invitation = invite(NICOLE).invitation
    secrets.append(tickets.ticket_of(invitation))
    again = reset_redemption(invitation.user, by=ada, redirect_url=TARGET).invitation
    secrets.append(tickets.ticket_of(again))
    txn = proven(again, step="method", proven_issuer="", proven_at=None)
    send_passcode(txn)
    standing = one_time_codes.latest_request(txn)
    assert standing is not None
    secrets.append(one_time_codes.derive_passcode(standing.row))
    SignInTransaction.unscoped.filter(pk=txn.pk).update(code_for=CodePurpose.CREATE)
    txn = SignInTransaction.unscoped.select_related("tenant", "user__tenant").get(pk=txn.pk)
    one_time_codes.hand_over_passcode(standing.row)
    enter_passcode(txn, secrets[-1])
    create_personal_account(txn, display_name="Nicole", password=PASSWORD)

    rows = [*AuditEvent.unscoped.values(), *SignInEvent.unscoped.values()]
    text = json.dumps(rows, default=str)

    assert len(rows) > 5
    assert [secret for secret in secrets if secret in text] == []
