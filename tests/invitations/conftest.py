"""Two organizations, their people, and guests on their way."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from guests.models import User
from invitations.inviting.actions import InviteResult
from invitations.models import CollaborationPolicy, ListedDomain
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, TenantFactory
from tests.support.invitations import (
    NICOLE,
    TARGET,
    THREADS,
    AtOnce,
    Check,
    Invite,
    SetPolicy,
)
from tests.support.inviting import invite_guest
from tests.support.page import barriers, console_errors


@pytest.fixture
def fabrikam(db: None) -> Tenant:
    return TenantFactory(display_name="Fabrikam", domain="fabrikam.com")


@pytest.fixture
def contoso(db: None) -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def ada(fabrikam: Tenant) -> User:
    """Fabrikam's Global Administrator."""
    return AdministratorFactory(tenant=fabrikam, email="ada@fabrikam.com", display_name="Ada")


@pytest.fixture
def inviter(fabrikam: Tenant) -> User:
    """A Guest Inviter of Fabrikam."""
    return MemberFactory(
        tenant=fabrikam, display_name="Gia", email="gia@fabrikam.com", roles=(Role.GUEST_INVITER,)
    )


@pytest.fixture
def member(fabrikam: Tenant) -> User:
    """Somebody of Fabrikam without a role."""
    return MemberFactory(tenant=fabrikam, display_name="Max", email="max@fabrikam.com")


@pytest.fixture
def invite(fabrikam: Tenant, ada: User) -> Invite:
    """`invite(NICOLE, message="Hello")` as Ada, unless `by` says otherwise."""

    def call(address: str = NICOLE, **values: Any) -> InviteResult:
        by = values.pop("by", ada)
        values.setdefault("redirect_url", TARGET)
        return invite_guest(fabrikam, by=by, address=address, **values)

    return call


@pytest.fixture
def set_policy(fabrikam: Tenant) -> SetPolicy:
    """`set_policy(restriction="deny", listed=["spam.example"])` for Fabrikam."""

    def store(*, listed: list[str] | None = None, **values: Any) -> CollaborationPolicy:
        policy, _ = CollaborationPolicy.objects.update_or_create(tenant=fabrikam, defaults=values)
        for name in listed or []:
            ListedDomain.objects.create(tenant=fabrikam, name=name)
        return policy

    return store


@pytest.fixture
def check(page: Page) -> Check:
    """`check("Heading")`: the page is there, without barriers, reports and sideways scrolling."""
    seen = console_errors(page)

    def check(heading: str, *, may_fail: bool = False) -> None:
        expect(page.get_by_role("heading", name=heading).first).to_be_visible()
        assert barriers(page) == [], page.url
        width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, f"{page.url} scrolls sideways by {width} px"
        reports = [text for text in seen if not (may_fail and re.search("40[04]", text))]
        assert reports == [], page.url
        seen.clear()

    return check


@pytest.fixture
def at_once() -> Iterator[AtOnce]:
    """`at_once(task, 20)`: what every thread got; they begin together and keep a connection."""
    pools: dict[int, ThreadPoolExecutor] = {}

    def run(task: Callable[[int], object], threads: int = THREADS) -> list[object]:
        pool = pools.setdefault(threads, ThreadPoolExecutor(threads))
        barrier = threading.Barrier(threads)

        def begin(number: int) -> object:
            barrier.wait(30)
            return task(number)

        return list(pool.map(begin, range(threads)))

    yield run
    for threads in list(pools):
        run(lambda _: connections.close_all(), threads)
        pools[threads].shutdown()
