"""See and clear the passcode lock of an address (BET-5, SEC-10)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from guests.models import Issuer, User
from identityproviders.models import PasscodeLock, WrongPasscode
from identityproviders.passcodes import one_time_codes
from portal.audit import log, rights
from portal.audit.log import METHODS, USERS, Activity, Details, Target
from portal.errors import Conflict
from portal.permissions import Capability
from portal.values.email_address import InvalidEmailAddress, canonical_address

CLEARED = Activity("Clear passcode lock", METHODS, USERS, "Update")


class NotLocked(Conflict):
    """The lock was over, or somebody else was faster."""

    message = _("This person isn’t locked any more.")


@dataclass(frozen=True)
class LockState:
    """How a guest stands with wrong codes."""

    wrong_in_an_hour: int
    seconds_left: int

    @property
    def is_locked(self) -> bool:
        """Whether no code is taken now."""
        return self.seconds_left > 0

    @property
    def minutes_left(self) -> int:
        """Whole minutes until codes are taken again, rounded up."""
        return -(-self.seconds_left // 60)


def lock_state(user: User) -> LockState:
    """How `user` stands, over every address whose mailbox may prove them."""
    keys = _keys_of(user)
    wrong = sum(one_time_codes.wrong_in_an_hour(user.tenant, key) for key in keys)
    left = max((one_time_codes.seconds_locked(user.tenant, key) for key in keys), default=0)
    return LockState(wrong, left)


def clear_lock(user: User, *, by: User) -> None:
    """Let `user` type codes again; the counters of client addresses stay (SEC-18).

    Raises: NotAllowed (T17, for holders of higher roles ROL-5), NotLocked.
    """
    rights.require_right_over(by, Capability.PASSCODES_CLEAR_LOCK, user, CLEARED)
    keys = _keys_of(user)
    with transaction.atomic():
        was_locked = _unlock(user, keys)
        if not was_locked:
            raise NotLocked
        log.record(
            CLEARED,
            user.tenant,
            by=by,
            target=Target.of_user(user),
            details=Details(additional={"wrongCodesForgotten": was_locked}),
        )


def _unlock(user: User, keys: Iterable[str]) -> int:
    """How many wrong codes and locks were forgotten, as after a success."""
    forgotten = 0
    for key in keys:
        locks = PasscodeLock.objects.of(user.tenant).filter(address_key=key)
        forgotten += locks.exclude(locked_until=None).update(locked_until=None)
        wrong = WrongPasscode.objects.of(user.tenant).filter(address_key=key)
        forgotten += wrong.update(address_key="")
    return forgotten


def _keys_of(user: User) -> list[str]:
    """The canonical addresses by which codes for `user` are counted."""
    bound = [i.subject for i in user.identities.all() if i.issuer == Issuer.PASSCODE]
    keys = [user.invited_address_key, *bound]
    with suppress(InvalidEmailAddress):
        keys.append(canonical_address(user.mail))
    return [key for key in dict.fromkeys(keys) if key]
