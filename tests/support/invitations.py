"""Invite, read the mails of an invitation, and sign people in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from django.test import Client
from django.utils import timezone

from guests.models import User
from guests.sessions import lifetime
from identityproviders.models import (
    PasscodeRequest,
    SignInStep,
    SignInTransaction,
)
from identityproviders.passcodes import one_time_codes
from identityproviders.passcodes.emails import build_passcode_mail
from invitations.delivery.emails import build_invitation_mail
from invitations.inviting.actions import InviteResult
from invitations.models import CollaborationPolicy, Invitation
from portal.outbox.models import OutgoingMail
from portal.values.email_address import CanonicalAddress

NICOLE = CanonicalAddress("nicole@firstupconsultants.com")


TARGET = "https://fabrikam.com/welcome"


Invite = Callable[..., InviteResult]


SetPolicy = Callable[..., CollaborationPolicy]


Check = Callable[..., None]


AtOnce = Callable[..., list[object]]


THREADS = 8


def mails_of(invitation: Invitation, *, copies: bool = False) -> list[OutgoingMail]:
    """The outbox rows of an invitation, oldest first."""
    rows = OutgoingMail.objects.of(invitation.tenant).filter(subject_id=invitation.pk)
    return list(rows.filter(is_copy=copies).order_by("created_at"))


def message_of(mail: OutgoingMail) -> EmailMessage:
    """The message a worker would hand to the relay."""
    return build_invitation_mail(OutgoingMail.unscoped.get(pk=mail.pk)).message()


def part(message: EmailMessage, subtype: str) -> str:
    """The text or HTML part."""
    body = message.get_body((subtype,))
    assert body is not None
    return str(body.get_content())


def proven(invitation: Invitation, **values: Any) -> SignInTransaction:
    """A sign-in whose mailbox was proven: the consent page is next."""
    address = invitation.user.invited_address_key
    columns: dict[str, Any] = {
        "tenant": invitation.tenant,
        "user": invitation.user,
        "invitation_id": invitation.pk,
        "step": SignInStep.CONSENT,
        "entry": "invitation",
        "method": "passcode",
        "discovery_row": "D6",
        "address": address,
        "address_key": address,
        "proof_key": address,
        "proven_issuer": "mail",
        "proven_subject": address,
        "proven_address": address,
        "proven_at": timezone.now(),
        "expires_at": timezone.now() + timedelta(hours=1),
    }
    txn: SignInTransaction = SignInTransaction.objects.create(**(columns | values))
    return txn


def later(invitation: Invitation, **amount: float) -> None:
    """Let time pass for the invitation's limits."""
    wait = timedelta(**amount)
    row = Invitation.unscoped.get(pk=invitation.pk)
    moved: dict[str, Any] = {"requested_at": row.requested_at - wait}
    if row.resent_at:
        moved["resent_at"] = row.resent_at - wait
    Invitation.unscoped.filter(pk=invitation.pk).update(**moved)


def signed_in(user: User, *, method: str = "password") -> Client:
    """A browser in which `user` is signed in."""
    client = Client()
    client.force_login(user, backend=lifetime.BACKEND)
    session = client.session
    session[lifetime.SIGNED_IN_AT] = session[lifetime.LAST_SEEN_AT] = timezone.now().isoformat()
    session[lifetime.METHOD] = method
    session.save()
    return client


def newest_code(*, is_mailed: bool = True) -> str:
    """The code of the newest request, once its mail was built as a worker does."""
    request = PasscodeRequest.unscoped.order_by("-created_at").first()
    assert request is not None
    if is_mailed:
        build_passcode_mail(OutgoingMail.unscoped.get(subject_id=request.pk))
    else:
        one_time_codes.hand_over_passcode(request)
    return one_time_codes.derive_passcode(request)
