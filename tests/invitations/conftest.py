"""Two organizations, their people, and guests on their way."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from guests.models import User
from guests.sessions import lifetime
from identityproviders.models import SignInStep, SignInTransaction
from invitations.delivery.emails import build_invitation_mail
from invitations.inviting.actions import InviteResult
from invitations.models import CollaborationPolicy, Invitation, ListedDomain
from portal.outbox.models import OutgoingMail
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, MemberFactory, TenantFactory
from tests.support.inviting import invite_guest
from tests.support.page import barriers, console_errors

NICOLE = "nicole@firstupconsultants.com"
TARGET = "https://fabrikam.com/welcome"

Invite = Callable[..., InviteResult]
SetPolicy = Callable[..., CollaborationPolicy]
Check = Callable[..., None]
AtOnce = Callable[..., list[object]]
THREADS = 8


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


def mails_of(invitation: Invitation, *, copies: bool = False) -> list[OutgoingMail]:
    """The outbox rows of an invitation, oldest first."""
    rows = OutgoingMail.objects.of(invitation.tenant).filter(subject_id=invitation.pk)
    return list(rows.filter(is_copy=copies).order_by("created_at"))


def message_of(mail: OutgoingMail) -> EmailMessage:
    """The message a worker would hand to the relay."""
    return build_invitation_mail(OutgoingMail.unscoped.get(pk=mail.pk)).message()


def part(message: EmailMessage, subtype: str) -> str:
    """The text or HTML part."""
    body = message.get_body((subtype,))
    assert body is not None
    return str(body.get_content())


def proven(invitation: Invitation, **values: Any) -> SignInTransaction:
    """A sign-in whose mailbox was proven: the consent page is next."""
    address = invitation.user.invited_address_key
    columns: dict[str, Any] = {
        "tenant": invitation.tenant,
        "user": invitation.user,
        "invitation_id": invitation.pk,
        "step": SignInStep.CONSENT,
        "entry": "invitation",
        "method": "passcode",
        "discovery_row": "D6",
        "address": address,
        "address_key": address,
        "proof_key": address,
        "proven_issuer": "mail",
        "proven_subject": address,
        "proven_address": address,
        "proven_at": timezone.now(),
        "expires_at": timezone.now() + timedelta(hours=1),
    }
    txn: SignInTransaction = SignInTransaction.objects.create(**(columns | values))
    return txn


def later(invitation: Invitation, **amount: float) -> None:
    """Let time pass for the invitation's limits."""
    wait = timedelta(**amount)
    row = Invitation.unscoped.get(pk=invitation.pk)
    moved: dict[str, Any] = {"requested_at": row.requested_at - wait}
    if row.resent_at:
        moved["resent_at"] = row.resent_at - wait
    Invitation.unscoped.filter(pk=invitation.pk).update(**moved)


def signed_in(user: User, *, method: str = "password") -> Client:
    """A browser in which `user` is signed in."""
    client = Client()
    client.force_login(user, backend=lifetime.BACKEND)
    session = client.session
    session[lifetime.SIGNED_IN_AT] = session[lifetime.LAST_SEEN_AT] = timezone.now().isoformat()
    session[lifetime.METHOD] = method
    session.save()
    return client


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
