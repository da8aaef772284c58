"""Give somebody a temporary password (USR-24)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.actions import passwords, protections
from guests.models import User
from portal import permissions
from portal.audit import log
from portal.audit.log import Target
from portal.errors import Conflict, DomainError

RESET = "users.reset_password"


class NoPasswordHere(Conflict):
    """The user signs in elsewhere (T3)."""

    message = gettext_lazy(
        "This user has no password here. Whoever runs the account they sign in with resets it: "
        "their own organization or their identity provider."
    )


def obstacle(user: User, *, by: User) -> str:
    """Why `by` cannot reset the password of `user`; empty when nothing stands against it."""
    if user.is_external:
        return str(NoPasswordHere.message)
    if user.pk == by.pk:
        return _("You can’t reset your own password here. Change it when you sign in.")
    try:
        permissions.require_on(by, RESET, user)
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
    protections.require_on(by, RESET, user, log.RESET_PASSWORD)
    protections.require_other_account(by, user)
    password = passwords.initial_password()
    with transaction.atomic():
        moved = (
            User.objects.of(user.tenant)
            .present()
            .filter(pk=user.pk, external_user_state="")
            .update(**passwords.temporary_columns(password))
        )
        if not moved:
            raise Conflict(_("Somebody changed or deleted this user meanwhile. Open it again."))
        log.record(log.RESET_PASSWORD, user.tenant, by=by, target=Target.of_user(user))
    return password
