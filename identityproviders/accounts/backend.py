"""Django authentication backend for Django admin, with a limit on tries (SEC-75)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from guests.models import User
from guests.passwords.backend import MemberBackend
from identityproviders.sign_in import rate_limits
from portal.errors import TooSoon


class LimitedBackend(MemberBackend):
    """The member backend with the limits of the password page, in the same counters."""

    @sensitive_variables("password")
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        """The user with this name and password.

        Raises: PermissionDenied for any other and over a limit, so that no backend behind this
        one compares again.
        """
        if username is None or password is None:
            return None
        try:
            paid = rate_limits.pay_password(username.strip().lower())
        except TooSoon as refusal:
            raise PermissionDenied from refusal
        user = super().authenticate(request, username, password)
        if user is None:
            raise PermissionDenied
        rate_limits.refund_try(paid)
        return user
