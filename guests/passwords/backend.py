"""Django authentication backend for members and operators (SIN-2, SEC-75)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from guests.models import ExternalUserState, User


class MemberBackend(BaseBackend):
    """Checks the password of a present internal user; guests of others have none here (T3).

    Somebody invited to B2B collaboration keeps theirs until they accept (INV-21).
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        """The user with this user principal name and password, whatever the account's state.

        A disabled account is found all the same: it is refused after authentication (SIN-3).
        Unknown names cost the same hashing time (SEC-75).
        """
        if username is None or password is None:
            return None
        user = (
            User.unscoped.present()
            .select_related("tenant")
            .named(username.strip())
            .exclude(external_user_state=ExternalUserState.ACCEPTED)
            .first()
        )
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) else None

    def get_user(self, user_id: Any) -> User | None:
        """The user of a session, with tenant and roles; None once it may not live (SEC-40)."""
        user = (
            User.unscoped.present()
            .select_related("tenant")
            .prefetch_related("role_assignments")
            .defer("photo")
            .filter(pk=user_id)
            .first()
        )
        return user if user is not None and user.is_active else None
