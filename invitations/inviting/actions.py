"""Invite a guest: user, invitation, mail and audit row in one transaction (INV-1 to INV-14)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from guests.groups.actions import join_groups, require_joinable_groups
from guests.models import Group, Sponsor, User, UserType
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
from invitations.models import Invitation, InvitationStatus
from portal import permissions
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import InvalidInput, TooSoon
from portal.outbox.models import Queue
from portal.permissions import Capability, InvitePolicy, Role
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
class _Request:
    """A checked request."""

    tenant: Tenant
    by: User
    address: EmailAddress
    redirect_url: str
    display_name: str
    message: str
    message_language: str
    cc: list[str]
    is_mail_wanted: bool
    user_type: UserType
    profile: Mapping[str, object]
    sponsors: Sequence[Sponsor]
    groups: Sequence[Group]
    roles: Sequence[Role]
    is_blocked: bool
    is_bulk: bool
    readings: InviteContext


def redeem_url(invitation: Invitation) -> str:
    """The invitation link (INV-6)."""
    path = reverse("invitations:open_ticket", args=[tickets.ticket_of(invitation)])
    return f"{settings.PORTAL_BASE_URL}{path}"


def invite_guest(
    tenant: Tenant,
    *,
    by: User,
    address: str,
    redirect_url: str,
    display_name: str = "",
    message: str = "",
    message_language: str = "",
    cc: Sequence[str] = (),
    is_mail_wanted: bool = True,
    user_type: str = UserType.GUEST,
    profile: Mapping[str, object] = {},
    sponsors: Sequence[Sponsor] | None = None,
    groups: Sequence[Group] = (),
    roles: Sequence[Role] = (),
    is_blocked: bool = False,
    is_bulk: bool = False,
    readings: InviteContext | None = None,
) -> InviteResult:
    """Invite `address` to `tenant` (INV-1), or find who it belongs to (INV-12).

    The checks run in the order of T18. Nothing is created when one fails (INF-2). The same
    address within 60 seconds gives the same invitation and no second mail (REL-23).
    `is_bulk` is for the rows of a file: a guest who is known already stays as they are (BLK-10),
    the hourly limit spares who may invite in bulk (SEC-32), and mails take the queue of bulk.
    `readings` holds what was read for this address and others at once.
    `groups` and `roles` are assigned in the same transaction (INF-2, T9), also to a guest who
    is known already (INF-5). `is_blocked` makes a new guest who can't sign in yet (INF-4).

    Raises: NotAllowed, InvalidInput at the field it concerns, QuotaSpent, TooSoon (T21).
    """
    rules = readings or InviteContext(tenant, [])
    _require_rights(tenant, by, user_type, rules.policy)
    checked = checks.address_of(address)
    checks.require_other_organization(tenant, checked)
    checks.require_allowed_domain(tenant, checked, rules.rules)
    copies = checks.cc_of(cc, checked)
    if is_blocked:
        permissions.require(by, Capability.USERS_EDIT)
    require_joinable_groups(tenant, groups, by=by)
    require_assignable(tenant, roles, by=by)
    request = _Request(
        tenant=tenant,
        by=by,
        address=checked,
        redirect_url=str(checks.redirect_of(redirect_url)),
        display_name=checks.display_name_of(display_name),
        message=checks.message_of(message),
        message_language=message_language,
        cc=copies,
        is_mail_wanted=is_mail_wanted,
        user_type=UserType(user_type),
        profile=profile,
        sponsors=[by] if sponsors is None else sponsors,
        groups=groups,
        roles=roles,
        is_blocked=is_blocked,
        is_bulk=is_bulk,
        readings=readings or InviteContext(tenant, [checked, *map(parse_email_address, copies)]),
    )
    return _invite_and_assign(request)


def _invite_and_assign(request: _Request) -> InviteResult:
    """Carry out a checked request, all or nothing. Raises: InvalidInput after many collisions."""
    for _attempt in range(MAXIMUM_COLLISIONS):
        try:
            with bulk_inserts.atomic_inserts():
                result = _invite_once(request)
                _assign(request, result.user)
                return result
        except IntegrityError:
            # Somebody made the same guest or invitation at the same moment (REL-23): look again.
            request = _read_again(request)
    raise InvalidInput("email", _("This address is being invited right now. Try again."))


def _assign(request: _Request, user: User) -> None:
    """The tab *Assignments* (T9), for the guest who was made or found."""
    join_groups(user, request.groups, by=request.by)
    for role in request.roles:
        insert_role(user, role, by=request.by)


def _read_again(request: _Request) -> _Request:
    addresses = [request.address, *map(parse_email_address, request.cc)]
    return replace(request, readings=InviteContext(request.tenant, addresses))


def _require_rights(tenant: Tenant, by: User, user_type: str, policy: InvitePolicy) -> None:
    """T18 row 1; a refusal leaves its audit row (AUD-1)."""
    with log.refusals(log.INVITE, tenant, by=by):
        checks.require_may_invite(by, tenant, user_type=user_type, policy=policy)


def _invite_once(request: _Request) -> InviteResult:
    existing = request.readings.holders.get(request.address.canonical)
    if existing is None:
        return _invite_new(request)
    if not existing.is_external:
        raise InvalidInput(
            "email",
            _(
                "%(name)s has this address and is an internal user. Use “Invite to B2B "
                "collaboration” on that user’s page instead."
            )
            % {"name": existing.display_name},
        )
    if request.is_bulk:
        raise InvalidInput("email", _("A guest with this address already exists."))
    if existing.is_accepted:
        return _point_to_accepted(request, existing)
    return _invite_again(request, existing)


def _invite_new(request: _Request) -> InviteResult:
    """A new guest with a new invitation (INV-3)."""
    if request.readings.room == 0:
        raise QuotaSpent
    if not (request.is_bulk and permissions.may(request.by, Capability.INVITATIONS_BULK_INVITE)):
        INVITATIONS_PER_HOUR.require(request.by)
    user = create_guest(
        request.tenant,
        request.address,
        display_name=request.display_name,
        user_type=request.user_type,
        profile=request.profile,
        sponsors=request.sponsors,
        is_blocked=request.is_blocked,
        is_name_taken=lambda name: request.readings.is_name_taken(name, request.address),
    )
    request.readings.note(user)
    invitation = _insert(request, user, request.address.ascii)
    return _conclude(request, invitation, is_new=True)


def _point_to_accepted(request: _Request, user: User) -> InviteResult:
    """An accepted guest stays as they are and gets no mail (INV-12, SEC-29)."""
    mine = Invitation.objects.of(request.tenant).filter(
        user=user, status=InvitationStatus.COMPLETED
    )
    invitation = mine.select_related("tenant", "user").first()
    if invitation is None:
        invitation = _insert(request, user, _mailable(user), status=InvitationStatus.COMPLETED)
        _record(request, invitation)
    return InviteResult(
        invitation, user, is_new=False, is_mail_queued=False, notes=(InviteNote.ALREADY_ACCEPTED,)
    )


def _invite_again(request: _Request, user: User) -> InviteResult:
    """A pending guest: same object, same ticket, new mail if wanted (INV-12)."""
    mine = Invitation.objects.of(request.tenant).select_related("tenant").filter(user=user)
    current = mine.open().first()
    if current is None:
        INVITATIONS_PER_HOUR.require(request.by)
        invitation = _insert(request, user, _mailable(user))
        return _conclude(request, invitation, is_new=False, notes=(InviteNote.ALREADY_INVITED,))
    if request.is_mail_wanted:
        MAILS_PER_DAY.require(current)
    now = timezone.now()
    waiting = Q(resent_at__isnull=True) | Q(resent_at__lte=now - RESEND_WAIT)
    moved = (
        mine.open()
        .filter(waiting if request.is_mail_wanted else Q())
        .filter(pk=current.pk, requested_at__lte=now - REPEAT_WINDOW)
        .update(**_settings_of(request), requested_at=now, **_resent(request, now))
    )
    current.refresh_from_db()
    current.user = user
    if moved:
        return _conclude(request, current, is_new=False, notes=(InviteNote.ALREADY_INVITED,))
    if not current.is_open:
        return _invite_once(_read_again(request))
    if now - current.requested_at < REPEAT_WINDOW:
        return InviteResult(
            current, user, is_new=False, is_mail_queued=False, notes=(InviteNote.REPEATED,)
        )
    raise TooSoon(
        _("An invitation mail went to this guest less than 5 minutes ago. Wait before you resend."),
        retry_after=seconds_until_resend(current),
    )


def _resent(request: _Request, now: object) -> dict[str, object]:
    return {"resent_at": now} if request.is_mail_wanted else {}


def _settings_of(request: _Request) -> dict[str, object]:
    """The columns of an invitation that a request decides (SEC-28)."""
    return {
        "inviter": request.by,
        "redirect_url": request.redirect_url,
        "message": request.message,
        "message_language": request.message_language,
        "cc_recipients": request.cc,
        "is_mail_wanted": request.is_mail_wanted,
    }


def _insert(
    request: _Request,
    user: User,
    address: str,
    *,
    status: InvitationStatus = InvitationStatus.PENDING,
) -> Invitation:
    invitation_id = uuid.uuid4()
    invitation = Invitation(
        id=invitation_id,
        tenant=request.tenant,
        user=user,
        address=address,
        status=status,
        **_settings_of(request),
        **tickets.new_ticket(request.tenant.pk, invitation_id, 1).columns(),
    )
    bulk_inserts.insert_row(invitation)
    return invitation


def _conclude(
    request: _Request, invitation: Invitation, *, is_new: bool, notes: tuple[InviteNote, ...] = ()
) -> InviteResult:
    """Queue the mail, write the audit row, tell the inviter what is different."""
    is_queued = request.is_mail_wanted and send_invitation(
        invitation,
        by=request.by,
        queue=Queue.BULK if request.is_bulk else None,
        readings=request.readings,
    )
    if request.is_mail_wanted:
        notes += mail_notes(request.by, request.message, is_queued=is_queued)
    _record(request, invitation)
    return InviteResult(
        invitation, invitation.user, is_new=is_new, is_mail_queued=is_queued, notes=notes
    )


def _record(request: _Request, invitation: Invitation) -> None:
    log.record(
        log.INVITE,
        request.tenant,
        by=request.by,
        target=Target.of_user(invitation.user),
        details=Details(
            changes=[
                Change("InvitedUserEmailAddress", None, invitation.address),
                Change("InviteRedirectUrl", None, invitation.redirect_url),
                Change("SendInvitationMessage", None, request.is_mail_wanted),
                Change("UserType", None, invitation.user.user_type),
            ],
            additional={"InvitationId": invitation.pk},
        ),
    )


def _mailable(user: User) -> str:
    """The stored address of a guest as mail takes it (SEC-97: never the one in the request)."""
    return parse_email_address(user.invited_address or user.mail).ascii


def mail_notes(inviter: User, message: str, *, is_queued: bool) -> tuple[InviteNote, ...]:
    """What `inviter` is told of a mail that was wanted: that none goes, or without its message."""
    notes: tuple[InviteNote, ...] = () if is_queued else (InviteNote.MAIL_SUPPRESSED,)
    return (
        (*notes, InviteNote.MESSAGE_DROPPED) if message and is_message_dropped(inviter) else notes
    )


def is_message_dropped(inviter: User) -> bool:
    """Whether a custom message of `inviter` would be left out of the mail (INV-8, BET-7)."""
    return not inviter.mail
