"""Convert an external user to an internal one: same object, a password here (INV-22)."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy

from guests.actions import creation, identities, passwords, protections
from guests.actions.guests import is_taken
from guests.actions.password_reset import RESET
from guests.models import User
from invitations.actions.resetting import kill_links
from portal import permissions
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import Conflict

EDIT = "users.edit"


class AlreadyInternal(Conflict):
    """Nothing to convert."""

    message = gettext_lazy("This user signs in here already, or was deleted meanwhile.")


def may_convert(by: User, user: User) -> bool:
    """Whether `by` may do so: who edits the user and hands out passwords (T17, ROL-5)."""
    return (
        by.pk != user.pk
        and user.is_external
        and permissions.may_act_on(by, EDIT, user)
        and permissions.may_act_on(by, RESET, user)
    )


def convert(user: User, *, by: User, name: str, domain: str) -> str:
    """Let `user` sign in here as `name` at the verified `domain`; gives the password to hand over.

    Every identity, link and session from before ends. Object id, user type, groups and roles
    stay. The password is kept as a hash only, works for 24 hours and must be changed.

    Raises: NotAllowed (T17, ROL-5), OwnAccount, AlreadyInternal, InvalidInput at `name`, `domain`.
    """
    for capability in (EDIT, RESET):
        protections.require_on(by, capability, user, log.CONVERT_TO_INTERNAL)
    protections.require_other_account(by, user)
    principal_name = creation.user_principal_name(user.tenant, name, domain)
    if is_taken(principal_name):
        raise creation.taken(principal_name)
    password = passwords.initial_password()
    before = user.user_principal_name, user.identity_issuer, user.external_user_state
    try:
        with transaction.atomic():
            released = identities.release(
                user, user_principal_name=principal_name, password=password
            )
            if not released:
                raise AlreadyInternal
            kill_links(user)
            _record(user, before, by=by)
    except IntegrityError as error:
        raise creation.taken(principal_name) from error
    return password


def _record(user: User, before: tuple[str, str, str], *, by: User) -> None:
    name, issuer, state = before
    log.record(
        log.CONVERT_TO_INTERNAL,
        user.tenant,
        by=by,
        target=Target.of_user(user),
        details=Details(
            changes=[
                Change("UserPrincipalName", name, user.user_principal_name),
                Change("Identities", issuer, user.identity_issuer),
                Change("UserState", state, ""),
            ]
        ),
    )
