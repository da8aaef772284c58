"""Note a sign-in, and end every session of a user (SES-5)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from guests.models import LastSignIn, User
from portal.audit import log, rights
from portal.audit.log import Change, Details, Target
from portal.permissions import Capability


def note_sign_in(user: User) -> None:
    """Remember the moment of a sign-in (USR-16)."""
    # One statement, so that two first sign-ins at once can't both insert.
    LastSignIn.objects.of(user.tenant).bulk_create(
        [LastSignIn(user=user, tenant=user.tenant, moment=timezone.now())],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["moment"],
    )


def revoke_sessions(user: User, *, by: User) -> None:
    """End every session that was opened before now (SES-5, SEC-66).

    Everybody may end their own, and no one those of a holder of a role beyond theirs (ROL-5).

    Raises: NotAllowed (T17).
    """
    if by.pk != user.pk:
        rights.require_right_over(by, Capability.USERS_REVOKE_SESSIONS, user, log.REVOKE_SESSIONS)
    now = timezone.now()
    with transaction.atomic():
        before = user.sign_in_sessions_valid_from
        user.sign_in_sessions_valid_from = now
        user.save(update_fields=["sign_in_sessions_valid_from"])
        log.record(
            log.REVOKE_SESSIONS,
            user.tenant,
            by=by,
            target=Target.of_user(user),
            details=Details(changes=[Change("StsRefreshTokenValidFrom", before, now)]),
        )
