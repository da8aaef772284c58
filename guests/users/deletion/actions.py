"""Delete, restore and permanently delete users (DIR-27 to DIR-31, DEL-2).

A job permanently deletes users that were deleted more than 30 days ago (DIR-29).
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import Identity, Sponsorship, User
from guests.users import guards, lookups
from guests.users.models import DELETED_LIFE
from portal import permissions
from portal.audit import log, rights
from portal.audit.log import Activity, Target
from portal.errors import Conflict, DomainError, NotAllowed
from portal.permissions import Capability
from portal.principals import SYSTEM, System
from portal.tenants.row_failures import RowByRow
from portal.tenants.row_locks import lock_rows
from portal.values.email_address import InvalidEmailAddress, canonical_address

LEAVE = Activity("Delete external user", log.INVITED, log.USERS, "Delete")
"""A guest left by themselves (T23)."""


class AlreadyDeleted(Conflict):
    """Somebody else deleted the user first."""

    message = gettext_lazy("This user was deleted already.")


class NotDeleted(Conflict):
    """Somebody else restored or purged the user first, or the 30 days are over."""

    message = gettext_lazy(
        "This user is no longer among the deleted users: restored or permanently deleted meanwhile."
    )


class NameTaken(Conflict):
    """Another user has the name or an address now (DIR-30)."""


def deletion_obstacle(user: User, *, by: User) -> str:
    """Why `by` cannot delete `user`, for the confirmation; empty when nothing stands against it."""
    try:
        guards.require_other_account(by, user)
        permissions.require_on(by, Capability.USERS_DELETE, user)
    except DomainError as refusal:
        return str(refusal)
    return ""


def delete_user(user: User, *, by: User) -> None:
    """Soft-delete `user`: sign-in is impossible and sessions end at once (DIR-28, SES-6).

    Guests that the user sponsored lose this sponsor (DIR-27).

    Raises: NotAllowed (T17, ROL-5), OwnAccount and LastAdministrator (USR-25), AlreadyDeleted.
    """
    rights.require_right_over(by, Capability.USERS_DELETE, user, log.DELETE_USER)
    guards.require_other_account(by, user)
    _move_to_deleted(user, by=by, activity=log.DELETE_USER)


def leave_tenant(user: User) -> None:
    """Let a guest remove themselves: as `delete`, with the guest as initiator (ORG-3).

    Whether the tenant allows it is asked by `invitations.my_account.actions`.

    Raises: NotAllowed for an internal user, LastAdministrator (USR-25), AlreadyDeleted.
    """
    if not user.is_external:
        raise NotAllowed(_("Only guests leave an organization by themselves."))
    _move_to_deleted(user, by=user, activity=LEAVE)


def _move_to_deleted(user: User, *, by: User, activity: Activity) -> None:
    now = timezone.now()
    with transaction.atomic():
        guards.require_another_administrator(user)
        moved = (
            User.objects.of(user.tenant)
            .present()
            .filter(pk=user.pk)
            .update(deleted_at=now, sign_in_sessions_valid_from=now)
        )
        if not moved:
            raise AlreadyDeleted
        Sponsorship.objects.of(user.tenant).filter(sponsor=user).delete()
        log.record(activity, user.tenant, by=by, target=Target.of_user(user))
    user.deleted_at = user.sign_in_sessions_valid_from = now


def restore_user(user: User, *, by: User) -> None:
    """Take `user` back with everything it had, within 30 days (DIR-28, DEL-4).

    Raises: NotAllowed (DEL-3), NotDeleted, NameTaken (DIR-30).
    """
    rights.require_right_over(by, Capability.USERS_DELETE, user, log.RESTORE_USER)
    try:
        with transaction.atomic():
            _require_free_addresses(user)
            deleted = User.objects.of(user.tenant).deleted().filter(pk=user.pk)
            if not deleted.update(deleted_at=None):
                raise NotDeleted
            _require_identity(user)
            log.record(log.RESTORE_USER, user.tenant, by=by, target=Target.of_user(user))
    except IntegrityError as error:
        raise NameTaken(
            _("Another user has the sign-in name or the address of %(name)s now.")
            % {"name": user.display_name}
        ) from error
    user.deleted_at = None


def purge_user(user: User, *, by: User | System) -> None:
    """Delete `user` for good, with identities and properties; log rows stay (DIR-29, DEL-2).

    Takes `by=SYSTEM` for the job. Raises: NotAllowed (DEL-3), NotDeleted.
    """
    if not isinstance(by, System):
        rights.require_right_over(by, Capability.USERS_DELETE, user, log.HARD_DELETE_USER)
    with transaction.atomic():
        rows = User.objects.of(user.tenant).filter(pk=user.pk, deleted_at__isnull=False)
        if not lock_rows(rows):  # no restore meanwhile
            raise NotDeleted
        log.record(log.HARD_DELETE_USER, user.tenant, by=by, target=Target.of_user(user))
        rows.delete()


def _require_free_addresses(user: User) -> None:
    """Raises: NameTaken when somebody has a proxy address of `user` now (DIR-30)."""
    for text in user.proxy_addresses:
        try:
            holder = lookups.user_by_address(user.tenant, canonical_address(text))
        except InvalidEmailAddress:
            continue
        if holder is not None and holder.pk != user.pk:
            raise NameTaken(
                _("%(holder)s has the address %(address)s of %(name)s now.")
                % {"holder": holder.display_name, "address": text, "name": user.display_name}
            )


def _require_identity(user: User) -> None:
    """Raises: NameTaken when the person's identity went to a newer guest (ORG-5)."""
    if user.is_accepted and not Identity.objects.of(user.tenant).filter(user=user).exists():
        raise NameTaken(
            _("%(name)s was invited again meanwhile and signs in as another user now.")
            % {"name": user.display_name}
        )


BATCH = 500


def purge_deleted() -> int:
    """Purge every user whose 30 days are over, one transaction each; how many.

    A run that is interrupted loses nothing: the next one goes on.
    """
    users = RowByRow("purge of users")
    overdue = User.unscoped.filter(deleted_at__lte=timezone.now() - DELETED_LIFE)
    overdue = overdue.select_related("tenant").order_by("deleted_at", "pk")
    purged = 0
    while batch := list(users.select_due(overdue)[:BATCH]):
        purged += sum(users.attempt(user.pk, partial(_purge_overdue, user)) for user in batch)
    return purged


def _purge_overdue(user: User) -> None:
    with suppress(NotDeleted):  # another run was faster
        purge_user(user, by=SYSTEM)
