"""Bind an external identity to a user, accept it, take it away (RED-9, CON-6, INV-17, INV-22)."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.models import ExternalUserState, Identity, SignInType, User
from guests.passwords.actions import temporary_columns
from guests.users import search_terms
from portal.errors import Conflict
from portal.values.email_address import EmailAddress, InvalidEmailAddress, canonical_address


class IdentityTaken(Conflict):
    """The identity belongs to another guest of the tenant (RED-9)."""

    message = _(
        "The account you signed in with can’t be used for this invitation. Sign in with another "
        "account, or contact the organization that invited you."
    )


def bind_identity(
    user: User,
    *,
    issuer: str,
    provider_key: str,
    subject: str,
    issuer_assigned_id: str = "",
) -> Identity:
    """Give `user` an identity and name it as the primary one (DIR-22, SEC-34).

    Call it inside the transaction of the redemption. Binding the same identity again changes
    nothing.

    Raises: IdentityTaken.
    """
    key = {"issuer": issuer, "provider_key": provider_key, "subject": subject}
    try:
        with transaction.atomic():
            identity: Identity = Identity.objects.create(
                tenant=user.tenant,
                user=user,
                sign_in_type=SignInType.FEDERATED,
                issuer_assigned_id=issuer_assigned_id,
                **key,
            )
    except IntegrityError as error:
        identity = Identity.objects.of(user.tenant).get(**key)
        if identity.user_id != user.pk and not _take_over(identity, user):
            raise IdentityTaken from error
    user.identity_issuer = issuer
    user.save(update_fields=["identity_issuer"])
    return identity


def _take_over(identity: Identity, user: User) -> bool:
    """Whether the identity of a deleted guest is now that of `user` (ORG-5)."""
    taken = (
        Identity.objects.of(user.tenant)
        .filter(pk=identity.pk, user__deleted_at__isnull=False)
        .update(user=user)
    )
    return bool(taken)


def accept_identity(user: User) -> bool:
    """Move `user` from pending to accepted; whether this call did it (SEC-22, DIR-20).

    The password of somebody who was an internal user ends here, and every session that was
    opened with it (INV-21).
    """
    now = timezone.now()
    values: dict[str, object] = {
        "external_user_state": ExternalUserState.ACCEPTED,
        "external_user_state_changed_at": now,
    }
    if user.has_usable_password():
        values |= _NO_PASSWORD | {
            "password": make_password(None),
            "sign_in_sessions_valid_from": now,
        }
    moved = (
        User.objects.of(user.tenant)
        .pending()
        .filter(pk=user.pk, account_enabled=True)
        .update(**values)
    )
    if moved:
        for name, value in values.items():
            setattr(user, name, value)
    return bool(moved)


_NO_PASSWORD: dict[str, object] = {
    "must_change_password": False,  # nosec B105 - no password
    "password_expires_at": None,  # nosec B105
}


def expect_identity(user: User, address: EmailAddress) -> bool:
    """Let the internal `user` wait for an identity of their own under `address` (INV-21).

    Nothing else changes: object, name, groups, roles, and until acceptance the password. Call
    it inside the transaction of the invitation. Gives whether this call did it.
    """
    now = timezone.now()
    values: dict[str, object] = {
        "external_user_state": ExternalUserState.PENDING,
        "external_user_state_changed_at": now,
        "invited_address": address.as_typed,
        "invited_address_key": address.canonical,
    }
    if not user.mail:
        values["mail"] = address.as_typed
    elif address.canonical not in {key for key in map(_key, user.addresses) if key}:
        values["other_mails"] = [*user.other_mails, address.as_typed]
    internal = User.objects.of(user.tenant).present().filter(external_user_state="")
    moved = internal.filter(pk=user.pk).update(**values)
    if moved:
        for name, value in values.items():
            setattr(user, name, value)
        search_terms.refresh_search_terms(user)
    return bool(moved)


def reset_identity(user: User, address: EmailAddress) -> None:
    """Make `user` pending again, without identity or password, for `address` (INV-17, SEC-38).

    Object id, principal name, groups, roles and apps stay; every session ends (SES-6). A new
    address joins the other ones of the user. Call it inside the transaction of the invitation.
    """
    now = timezone.now()
    Identity.objects.of(user.tenant).filter(user=user).delete()
    if address.canonical not in {key for key in map(_key, user.addresses) if key}:
        user.other_mails = [*user.other_mails, address.as_typed]
    user.external_user_state = ExternalUserState.PENDING
    user.external_user_state_changed_at = now
    user.sign_in_sessions_valid_from = now
    user.set_unusable_password()
    user.identity_issuer = user.tenant.initial_domain
    user.invited_address = address.as_typed
    user.invited_address_key = address.canonical
    user.save(
        update_fields=[
            "external_user_state",
            "external_user_state_changed_at",
            "sign_in_sessions_valid_from",
            "password",
            "identity_issuer",
            "invited_address",
            "invited_address_key",
            "other_mails",
        ]
    )
    search_terms.refresh_search_terms(user)


def release_identity(user: User, *, user_principal_name: str, password: str) -> bool:
    """Make the external `user` internal: no identity, a name and a password here (INV-22).

    Object id, type, groups, roles and addresses stay; every session ends (SES-6). The password
    works for 24 hours and must be changed. Call it inside the transaction of the conversion.
    Gives whether this call did it. Raises: IntegrityError when the name is taken.
    """
    values: dict[str, object] = {
        "external_user_state": "",
        "external_user_state_changed_at": None,
        "invited_address": "",
        "invited_address_key": "",
        "identity_issuer": user.tenant.initial_domain,
        "user_principal_name": user_principal_name,
        **temporary_columns(password),
    }
    external = User.objects.of(user.tenant).present().exclude(external_user_state="")
    if not external.filter(pk=user.pk).update(**values):
        return False
    Identity.objects.of(user.tenant).filter(user=user).delete()
    for name, value in values.items():
        setattr(user, name, value)
    search_terms.refresh_search_terms(user)
    return True


def _key(text: str) -> str | None:
    try:
        return canonical_address(text)
    except InvalidEmailAddress:
        return None
