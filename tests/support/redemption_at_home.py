"""Open an invitation as somebody with an account of another tenant."""

from __future__ import annotations

from django.test import Client

from guests.models import Identity, User
from invitations.inviting import tickets
from invitations.models import Invitation


def opened(invitation: Invitation, browser: Client | None = None) -> Client:
    browser = browser or Client()
    assert browser.get(f"/redeem/{tickets.ticket_of(invitation)}/").status_code == 303
    return browser


def is_untouched(invitation: Invitation) -> bool:
    user = User.unscoped.get(pk=invitation.user_id)
    return user.is_pending and not Identity.unscoped.filter(user=user).exists()
