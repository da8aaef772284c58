"""Invite a guest, or mail a pending one again, in one transaction (INV-1 to INV-14)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from guests.groups.actions import join_groups, require_joinable_groups
from guests.models import User, UserType
from guests.roles.actions import insert_role, require_assignable
from guests.users.creation.actions import create_guest
from invitations.delivery.send_invitation import send_invitation
from invitations.inviting import checks, tickets
from invitations.inviting.guest_quota import QuotaSpent
from invitations.inviting.invite_context import InviteContext
from invitations.inviting.invite_notes import InviteNote
from invitations.inviting.rate_limits import (
    INVITATIONS_PER_HOUR,
    MAILS_PER_DAY,
    RESEND_WAIT,
    seconds_until_resend,
)
from invitations.inviting.request import InvitationRequest
from invitations.models import Invitation, InvitationStatus
from portal import permissions
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import InvalidInput, TooSoon
from portal.outbox.models import Queue
from portal.permissions import Capability, InvitePolicy
from portal.tenants import bulk_inserts
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress, parse_email_address

REPEAT_WINDOW = timedelta(seconds=60)
"""The same address again within this time is the same request (REL-23)."""
MAXIMUM_COLLISIONS = 5


@dataclass(frozen=True)
class InviteResult:
    """What became of a call of `invite`.

    `redeem_url` is for the inviter only (SEC-21). `is_new` says whether a user was created.
    """

    invitation: Invitation
    user: User
    is_new: bool
    is_mail_queued: bool
    notes: tuple[InviteNote, ...] = ()

    @property
    def redeem_url(self) -> str:
        """The link with the ticket, built from the portal's own address (SEC-62)."""
        return redeem_url(self.invitation)


@dataclass(frozen=True)
class _Task:
    """A checked request, who makes it, and what was read for it."""

    request: InvitationRequest
    by: User
    context: InviteContext
    is_bulk: bool


def redeem_url(invitation: Invitation) -> str:
    """The invitation link (INV-6)."""
    path = reverse("invitations:open_ticket", args=[tickets.ticket_of(invitation)])
    return f"{settings.PORTAL_BASE_URL}{path}"


def invite(
    request: InvitationRequest,
    *,
    by: User,
    context: InviteContext | None = None,
    is_bulk: bool = False,
) -> InviteResult:
    """Invite a guest (INV-1), or find the user who has the address (INV-12).

    The checks run in the order of T18. Nothing is created when one fails (INF-2). The same
    address within 60 seconds gives the same invitation and no second mail (REL-23).
    `is_bulk` is for the rows of a file: a guest who is known already stays as they are (BLK-10),
    the hourly limit does not count for those who may invite in bulk (SEC-32), and mails take the
    queue of bulk. `context` holds what was read for this address and others at once.

    Raises: NotAllowed, InvalidInput at the field it concerns, QuotaSpent, TooSoon (T21).
    """
    tenant = request.tenant
    context = context or InviteContext(tenant, [request.address, *request.copies])
    require_right(tenant, by=by, user_type=request.user_type, policy=context.policy)
    checks.require_allowed_address(tenant, request.address, context.rules)
    checks.require_few_copies(request)
    if request.is_blocked:
        permissions.require(by, Capability.USERS_EDIT)
    require_joinable_groups(tenant, request.groups, by=by)
    require_assignable(tenant, request.roles, by=by)
    return _invite_and_assign(_Task(checks.checked_texts(request), by, context, is_bulk))


def require_right(
    tenant: Tenant,
    *,
    by: User,
    user_type: str = UserType.GUEST,
    policy: InvitePolicy | None = None,
) -> None:
    """T18 row 1; a refusal leaves its audit row (AUD-1). Raises: NotAllowed, InvalidInput."""
    with log.refusals(log.INVITE, tenant, by=by):
        checks.require_may_invite(by, tenant, user_type=user_type, policy=policy)


def _invite_and_assign(task: _Task) -> InviteResult:
    """Carry out a checked request, all or nothing. Raises: InvalidInput after many collisions."""
    for _attempt in range(MAXIMUM_COLLISIONS):
        try:
            with bulk_inserts.atomic_inserts():
                result = _invite_once(task)
                _assign(task, result.user)
                return result
        except IntegrityError:
            # Somebody made the same guest or invitation at the same moment (REL-23): look again.
            task = _read_again(task)
    raise InvalidInput("email", _("This address is being invited right now. Try again."))


def _assign(task: _Task, user: User) -> None:
    """The tab *Assignments* (T9), for the guest who was made or found."""
    join_groups(user, task.request.groups, by=task.by)
    for role in task.request.roles:
        insert_role(user, role, by=task.by)


def _read_again(task: _Task) -> _Task:
    addresses = [task.request.address, *task.request.copies]
    return replace(task, context=InviteContext(task.request.tenant, addresses))


def _invite_once(task: _Task) -> InviteResult:
    existing = task.context.holders.get(task.request.address.canonical)
    if existing is None:
        return _invite_new(task)
    if not existing.is_external:
        raise InvalidInput(
            "email",
            _(
                "%(name)s has this address and is an internal user. Use “Invite to B2B "
                "collaboration” on that user’s page instead."
            )
            % {"name": existing.display_name},
        )
    if task.is_bulk:
        raise InvalidInput("email", _("A guest with this address already exists."))
    if existing.is_accepted:
        return _point_to_accepted(task, existing)
    return _invite_again(task, existing)


def _invite_new(task: _Task) -> InviteResult:
    """A new guest with a new invitation (INV-3)."""
    if task.context.room == 0:
        raise QuotaSpent
    if not _is_bulk_of_administrator(task):
        INVITATIONS_PER_HOUR.require(task.by)
    user = create_guest(
        task.request.tenant,
        task.request.address,
        display_name=task.request.display_name,
        user_type=UserType(task.request.user_type),
        profile=task.request.profile,
        sponsors=task.request.sponsors or [task.by],
        is_blocked=task.request.is_blocked,
        is_name_taken=lambda name: task.context.is_name_taken(name, task.request.address),
    )
    task.context.note(user)
    invitation = _insert(task, user, task.request.address)
    return _conclude(task, invitation, is_new=True)


def _point_to_accepted(task: _Task, user: User) -> InviteResult:
    """An accepted guest stays as they are and gets no mail (INV-12, SEC-29)."""
    mine = Invitation.objects.of(task.request.tenant).filter(
        user=user, status=InvitationStatus.COMPLETED
    )
    invitation = mine.select_related("tenant", "user").first()
    if invitation is None:
        invitation = _insert(task, user, _mailable(user), status=InvitationStatus.COMPLETED)
        _record(task, invitation)
    return InviteResult(
        invitation, user, is_new=False, is_mail_queued=False, notes=(InviteNote.ALREADY_ACCEPTED,)
    )


def _invite_again(task: _Task, user: User) -> InviteResult:
    """A pending guest: same object, same ticket, new mail if wanted (INV-12)."""
    mine = Invitation.objects.of(task.request.tenant).select_related("tenant").filter(user=user)
    current = mine.open().first()
    if current is None:
        INVITATIONS_PER_HOUR.require(task.by)
        invitation = _insert(task, user, _mailable(user))
        return _conclude(task, invitation, is_new=False, notes=(InviteNote.ALREADY_INVITED,))
    if task.request.is_mail_wanted:
        MAILS_PER_DAY.require(current)
    now = timezone.now()
    waiting = Q(resent_at__isnull=True) | Q(resent_at__lte=now - RESEND_WAIT)
    moved = (
        mine.open()
        .filter(waiting if task.request.is_mail_wanted else Q())
        .filter(pk=current.pk, requested_at__lte=now - REPEAT_WINDOW)
        .update(**task.request.invitation_columns(task.by), requested_at=now, **_resent(task, now))
    )
    current.refresh_from_db()
    current.user = user
    if moved:
        return _conclude(task, current, is_new=False, notes=(InviteNote.ALREADY_INVITED,))
    if not current.is_open:
        return _invite_once(_read_again(task))
    if now - current.requested_at < REPEAT_WINDOW:
        return InviteResult(
            current, user, is_new=False, is_mail_queued=False, notes=(InviteNote.REPEATED,)
        )
    raise TooSoon(
        _("An invitation mail went to this guest less than 5 minutes ago. Wait before you resend."),
        retry_after=seconds_until_resend(current),
    )


def _is_bulk_of_administrator(task: _Task) -> bool:
    """Whether the hourly limit leaves this invitation out (SEC-32)."""
    return task.is_bulk and permissions.may(task.by, Capability.INVITATIONS_BULK_INVITE)


def _resent(task: _Task, now: object) -> dict[str, object]:
    return {"resent_at": now} if task.request.is_mail_wanted else {}


def _insert(
    task: _Task,
    user: User,
    address: EmailAddress,
    *,
    status: InvitationStatus = InvitationStatus.PENDING,
) -> Invitation:
    invitation_id = uuid.uuid4()
    invitation = Invitation(
        id=invitation_id,
        tenant=task.request.tenant,
        user=user,
        address=address.ascii,
        status=status,
        is_bulk=_is_bulk_of_administrator(task),
        **task.request.invitation_columns(task.by),
        **tickets.new_ticket(task.request.tenant.pk, invitation_id, 1).columns(),
    )
    invitation.email_address = address
    bulk_inserts.insert_row(invitation)
    return invitation


def _conclude(
    task: _Task, invitation: Invitation, *, is_new: bool, notes: tuple[InviteNote, ...] = ()
) -> InviteResult:
    """Queue the mail, write the audit row, tell the inviter what is different."""
    is_queued = task.request.is_mail_wanted and send_invitation(
        invitation,
        by=task.by,
        queue=Queue.BULK if task.is_bulk else None,
        context=task.context,
    )
    if task.request.is_mail_wanted:
        notes += mail_notes(task.by, task.request.message, is_queued=is_queued)
    _record(task, invitation)
    return InviteResult(
        invitation, invitation.user, is_new=is_new, is_mail_queued=is_queued, notes=notes
    )


def _record(task: _Task, invitation: Invitation) -> None:
    log.record(
        log.INVITE,
        task.request.tenant,
        by=task.by,
        target=Target.of_user(invitation.user),
        details=Details(
            changes=[
                Change("InvitedUserEmailAddress", None, invitation.address),
                Change("InviteRedirectUrl", None, invitation.redirect_url),
                Change("SendInvitationMessage", None, task.request.is_mail_wanted),
                Change("UserType", None, invitation.user.user_type),
            ],
            additional={"InvitationId": invitation.pk},
        ),
    )


def _mailable(user: User) -> EmailAddress:
    """The stored address of a guest as mail takes it (SEC-97: never the one in the request)."""
    return parse_email_address(user.invited_address or user.mail)


def mail_notes(inviter: User, message: str, *, is_queued: bool) -> tuple[InviteNote, ...]:
    """What `inviter` is told of a mail that was wanted: that none goes, or without its message."""
    notes: tuple[InviteNote, ...] = () if is_queued else (InviteNote.MAIL_SUPPRESSED,)
    return (
        (*notes, InviteNote.MESSAGE_DROPPED) if message and is_message_dropped(inviter) else notes
    )


def is_message_dropped(inviter: User) -> bool:
    """Whether a custom message of `inviter` would be left out of the mail (INV-8, BET-7)."""
    return not inviter.mail
