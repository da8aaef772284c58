"""Set and remove the photo of a user (T2 Photo, USR-18)."""

from __future__ import annotations

import hashlib
from typing import IO

from django.db import transaction

from guests.models import User
from guests.photos import images
from guests.users import guards
from portal import permissions
from portal.audit import log, rights
from portal.audit.log import Change, Details, Target
from portal.permissions import Capability


def _right(by: User, user: User) -> Capability:
    """Everybody may change their own photo, user administrators anybody’s (T17)."""
    return Capability.PROFILE_EDIT if by.pk == user.pk else Capability.USERS_EDIT


def may_edit_photo(by: User, user: User) -> bool:
    """Whether `by` may set or remove the photo of `user`."""
    return permissions.may(by, _right(by, user))


def set_photo(user: User, *, by: User, file: IO[bytes]) -> None:
    """Store the picture in `file`, decoded and encoded anew.

    Raises: NotAllowed, InvalidInput at `photo`, UserGone.
    """
    rights.require_right(by, _right(by, user), log.UPDATE_USER)
    _store(user, images.make_photo(file), by=by)


def remove_photo(user: User, *, by: User) -> None:
    """Show initials again. Raises: NotAllowed, UserGone."""
    rights.require_right(by, _right(by, user), log.UPDATE_USER)
    if user.photo_version:
        _store(user, None, by=by)


def _store(user: User, content: bytes | None, *, by: User) -> None:
    version = hashlib.sha256(content).hexdigest()[:16] if content else ""
    details = Details(changes=[Change("photo", user.photo_version or None, version or None)])
    with transaction.atomic():
        rows = User.objects.of(user.tenant).present().filter(pk=user.pk)
        if not rows.update(photo=content, photo_version=version):
            raise guards.UserGone
        target = Target.of_user(user)
        log.record(log.UPDATE_USER, user.tenant, by=by, target=target, details=details)
    user.photo_version = version
