"""Queue the mails of an invitation, or log why they are not sent (INV-10, INV-16, INV-23)."""

from __future__ import annotations

from guests.models import User
from invitations.delivery import mail_language
from invitations.inviting.invite_context import InviteContext
from invitations.models import Invitation
from portal.audit import log
from portal.audit.log import Details, Target
from portal.outbox.actions import enqueue_mail
from portal.outbox.models import Queue
from portal.principals import System

INVITATION_MAIL = "invitation"


def send_invitation(
    invitation: Invitation,
    *,
    by: User | System,
    queue: Queue | None = None,
    context: InviteContext | None = None,
) -> bool:
    """Write the outbox rows of an invitation; whether the invitee gets a mail.

    Call it inside the transaction of the invitation (REL-1). The invitee and each Cc recipient
    get a message of their own (SEC-97); who blocked the organization gets none, and the log
    says so (INV-16). `queue` is another than that of invitations (REL-12); `context` holds
    these addresses.
    """
    invitee = invitation.email_address
    recipients = {invitee.ascii: invitee} | {copy.ascii: copy for copy in invitation.cc_addresses}
    context = context or InviteContext(invitation.tenant, recipients.values())
    home = context.home_accounts.get(invitee.canonical)
    language = mail_language.mail_language(invitation, home)
    is_posted = False
    for recipient, address in recipients.items():
        is_copy = recipient != invitee.ascii
        if address.canonical in context.blocked:
            _note_suppressed(invitation, recipient, by)
            continue
        enqueue_mail(
            INVITATION_MAIL,
            tenant=invitation.tenant,
            subject_id=invitation.pk,
            recipient=recipient,
            language=language,
            is_copy=is_copy,
            queue=queue,
        )
        is_posted = is_posted or not is_copy
    return is_posted


def _note_suppressed(invitation: Invitation, recipient: str, by: User | System) -> None:
    log.record(
        log.NOT_SENT_UNSUBSCRIBED,
        invitation.tenant,
        by=by,
        target=Target.of_user(invitation.user),
        details=Details(additional={"InvitationId": invitation.pk, "Recipient": recipient}),
    )
