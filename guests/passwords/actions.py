"""Make, change and reset passwords of members (SIN-2, USR-24, SEC-75)."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import User
from guests.users import guards
from portal import permissions
from portal.audit import log, rights
from portal.audit.log import Target
from portal.errors import Conflict, DomainError, InvalidInput
from portal.permissions import Capability

INITIAL_LIFE = timedelta(hours=24)
INITIAL_GROUPS = 5
_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def make_initial_password() -> str:
    """A random password to hand over once: five groups of four, about 115 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(INITIAL_GROUPS))
    return "-".join(groups)


def temporary_columns(password: str) -> dict[str, object]:
    """What a user row holds once `password` was handed out: it works for 24 hours, must be changed,
    and every session from before is over (SEC-75, SES-6)."""
    now = timezone.now()
    return {
        "password": make_password(password),
        "must_change_password": True,  # nosec B105 - no password
        "password_expires_at": now + INITIAL_LIFE,  # nosec B105
        "last_password_change_at": now,
        "sign_in_sessions_valid_from": now,
    }


def change_password(user: User, *, new_password: str) -> None:
    """Give `user` the new password and end the sessions of the old one (SES-6).

    Raises: InvalidInput at `new_password` when the policy refuses it.
    """
    try:
        validate_password(new_password, user)
    except ValidationError as error:
        raise InvalidInput("new_password", " ".join(error.messages)) from error
    now = timezone.now()
    with transaction.atomic():
        user.set_password(new_password)
        user.must_change_password = False
        user.password_expires_at = None
        user.last_password_change_at = now
        user.sign_in_sessions_valid_from = now
        user.save(
            update_fields=[
                "password",
                "must_change_password",
                "password_expires_at",
                "last_password_change_at",
                "sign_in_sessions_valid_from",
            ]
        )
        log.record(log.CHANGE_PASSWORD, user.tenant, by=user, target=Target.of_user(user))


class NoPasswordHere(Conflict):
    """The user signs in elsewhere (T3)."""

    message = gettext_lazy(
        "This user has no password here. The provider of the account they sign in with resets it: "
        "their own organization or their identity provider."
    )


def reset_obstacle(user: User, *, by: User) -> str:
    """Why `by` cannot reset the password of `user`; empty when nothing stands against it."""
    if user.is_external:
        return str(NoPasswordHere.message)
    if user.pk == by.pk:
        return _("You can’t reset your own password here. Change it when you sign in.")
    try:
        permissions.require_on(by, Capability.USERS_RESET_PASSWORD, user)
    except DomainError as refusal:
        return str(refusal)
    return ""


def reset_password(user: User, *, by: User) -> str:
    """Give `user` a temporary password, end their sessions (SES-6), and hand the password back.

    It is kept only as a hash, works for 24 hours and must be changed at the next sign-in.

    Raises: NotAllowed (T17, ROL-5), NoPasswordHere, OwnAccount, Conflict when somebody deleted
    or converted the user meanwhile.
    """
    if user.is_external:
        raise NoPasswordHere
    rights.require_right_over(by, Capability.USERS_RESET_PASSWORD, user, log.RESET_PASSWORD)
    guards.require_other_account(by, user)
    password = make_initial_password()
    with transaction.atomic():
        moved = (
            User.objects.of(user.tenant)
            .present()
            .filter(pk=user.pk, external_user_state="")
            .update(**temporary_columns(password))
        )
        if not moved:
            raise Conflict(_("Somebody changed or deleted this user meanwhile. Open it again."))
        log.record(log.RESET_PASSWORD, user.tenant, by=by, target=Target.of_user(user))
    return password
