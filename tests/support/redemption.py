"""Open an invitation, and prove that nothing changed."""

from __future__ import annotations

from typing import Any

from django.core import serializers
from django.test import Client
from django.urls import reverse

from guests.models import Identity, User
from identityproviders.models import PasscodeDevice, PasscodeRequest, SignInTransaction
from invitations.inviting import tickets
from invitations.models import Invitation, InvitationBlock
from portal.audit.models import AuditEvent, SignInEvent
from portal.outbox.models import OutgoingMail
from tests.support.invitations import proven

LANDING, MISMATCH, CONSENT = "/redeem/", "/redeem/mismatch/", "/consent/"


def path_of(invitation: Invitation) -> str:
    """The invitation link without the host."""
    return reverse("invitations:open_ticket", args=[tickets.ticket_of(invitation)])


def opened(invitation: Invitation, client: Client | None = None) -> Client:
    """A browser that followed the link up to the landing page."""
    client = client or Client()
    response = client.get(path_of(invitation))
    assert response.status_code == 303
    return client


def rows() -> str:
    """Everything an invitation is about, as the database holds it."""
    models: tuple[Any, ...] = (
        User,
        Invitation,
        InvitationBlock,
        Identity,
        OutgoingMail,
        AuditEvent,
        SignInEvent,
        SignInTransaction,
        PasscodeRequest,
    )
    return "\n".join(
        serializers.serialize("json", model.unscoped.order_by("pk")) for model in models
    )


def consenting(invitation: Invitation, **values: Any) -> Client:
    """A browser that has proven the mailbox."""
    client = Client()
    PasscodeDevice.objects.get_or_create(user=invitation.user)
    session = client.session
    session["sign_in"] = str(proven(invitation, **values).pk)
    session.save()
    return client
