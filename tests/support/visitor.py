"""Walk through the sign-in pages with a code, as a guest does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from identityproviders.models import (
    PasscodePolicy,
    PasscodeRequest,
    SignInTransaction,
    WrongPasscode,
)
from identityproviders.passcodes import one_time_codes
from portal.tenants.models import Tenant

PRIYA = "priya.raman@wingtiptoys.com"


NOBODY = "nobody@wingtiptoys.com"


SetPolicy = Callable[..., PasscodePolicy]


class Visitor:
    """One browser on its way through the sign-in pages."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.client = Client()

    def type_address(self, address: str, *, wanted: str = "") -> HttpResponse:
        url = reverse("identityproviders:tenant_signin", args=[self.tenant.primary_domain])
        query = f"?next={wanted}" if wanted else ""
        return self.post(url + query, address=address)

    def ask_for_code(self, address: str) -> PasscodeRequest:
        """Type the address, press *Send code*; the request behind it, handed over."""
        self.type_address(address)
        self.send_code()
        request = self.request
        one_time_codes.hand_over_passcode(request)
        return request

    def send_code(self) -> HttpResponse:
        return self.post(reverse("identityproviders:send_code"))

    def enter(self, code: str) -> HttpResponse:
        return self.post(reverse("identityproviders:enter_code"), code=code)

    def enter_password(self, password: str) -> HttpResponse:
        return self.post(reverse("identityproviders:password"), password=password)

    def post(self, url: str, **values: str) -> HttpResponse:
        return cast(HttpResponse, self.client.post(url, values))

    def get(self, url: str) -> HttpResponse:
        return cast(HttpResponse, self.client.get(url))

    @property
    def transaction(self) -> SignInTransaction:
        pk = self.client.session["sign_in"]
        rows = SignInTransaction.unscoped.select_related("tenant", "user")
        return cast(SignInTransaction, rows.get(pk=pk))

    @property
    def request(self) -> PasscodeRequest:
        """The newest passcode request of this browser."""
        standing = one_time_codes.latest_request(self.transaction)
        assert standing is not None
        return standing.row

    @property
    def is_signed_in(self) -> bool:
        return "_auth_user_id" in self.client.session


def wrong(code: str) -> str:
    """Another code than this one."""
    return f"{(int(code) + 1) % 10**8:08d}"


def age(amount: timedelta) -> None:
    """Let `amount` pass for every passcode row: the database's clock decides, so rows move."""
    PasscodeRequest.unscoped.update(
        created_at=F("created_at") - amount, expires_at=F("expires_at") - amount
    )
    WrongPasscode.unscoped.update(at=F("at") - amount)
