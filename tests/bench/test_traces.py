"""How much of the product five everyday requests walk through: modules, returns, statements.

Counted are the modules of our own apps that are entered, the returns of their named functions,
and the SQL statements. The flows name URLs and fixtures only, so that the figures of two
revisions with different modules can be compared.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guests.models import User
from identityproviders.passcodes import one_time_codes
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, PasscodeGuestFactory, TenantFactory
from tests.support.bench_report import ROOT, Report
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

APPS = ("portal", "guests", "identityproviders", "invitations", "applications")
PRIYA = "priya.raman@wingtiptoys.com"
ROWS = "\r\n".join(
    [
        "version:v1.0",
        "Email address to invite [inviteeEmail] Required,"
        "Redirection url [inviteRedirectURL] Required,"
        "Send invitation message (true or false) [sendEmail],"
        "Customized invitation message [customizedMessageBody]",
        *(f"guest{n}@partner.example,https://contoso.com/,true,Welcome" for n in range(3)),
    ]
)


@dataclass
class Trace:
    """What a request entered and asked."""

    modules: set[str] = field(default_factory=set)
    returns: int = 0
    statements: int = 0

    def __str__(self) -> str:
        return f"{len(self.modules)} modules, {self.returns} returns, {self.statements} statements"


@contextmanager
def trace_calls() -> Iterator[Trace]:
    """Count what happens inside the block."""
    trace = Trace()
    paths: dict[str, str] = {}

    def module_of(file_name: str) -> str:
        """The path below the repository, if the file belongs to one of our apps."""
        if file_name not in paths:
            path = Path(file_name)
            is_ours = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in APPS
            paths[file_name] = str(path.relative_to(ROOT)) if is_ours else ""
        return paths[file_name]

    def note(frame: FrameType, event: str, _argument: object) -> None:
        is_named = not frame.f_code.co_name.startswith("<")  # no comprehension, no lambda
        if event == "return" and is_named and (module := module_of(frame.f_code.co_filename)):
            trace.modules.add(module)
            trace.returns += 1

    with CaptureQueriesContext(connection) as captured:
        sys.setprofile(note)
        try:
            yield trace
        finally:
            sys.setprofile(None)
    trace.statements = len(captured)


@pytest.fixture
def contoso(db: None) -> Tenant:
    return TenantFactory(display_name="Contoso", domain="contoso.com")


@pytest.fixture
def admin(contoso: Tenant, client: Client) -> Client:
    client.force_login(AdministratorFactory(tenant=contoso, display_name="Grace Nakamura"))
    client.get(reverse("guests:users"))
    return client


@pytest.fixture
def visitor(contoso: Tenant, passcode_worker: None) -> Visitor:
    PasscodeGuestFactory(tenant=contoso, address=PRIYA)
    return Visitor(contoso)


def post_traced(report: Report, what: str, post: Callable[[], Any]) -> None:
    """Trace one POST that ends in a redirect, and note its figures."""
    with trace_calls() as trace:
        response = post()
    assert response.status_code in {302, 303}, response.content.decode()
    report.add(what, str(trace), "less than before")


def test_invite_post(contoso: Tenant, admin: Client, report: Report) -> None:
    values = {
        "email": PRIYA,
        "redirect_url": "https://contoso.com/",
        "is_mail_wanted": "on",
        "go": "invite",
    }
    post_traced(report, "Invite POST", lambda: admin.post(reverse("invitations:invite"), values))
    assert User.objects.of(contoso).external().count() == 1


def test_typing_an_address(visitor: Visitor, report: Report) -> None:
    post_traced(report, "Type address", lambda: visitor.type_address(PRIYA))


def test_entering_a_code(visitor: Visitor, report: Report) -> None:
    code = one_time_codes.derive_passcode(visitor.ask_for_code(PRIYA))
    post_traced(report, "Enter code", lambda: visitor.enter(code))
    assert visitor.is_signed_in


def test_saving_a_pane(admin: Client, report: Report) -> None:
    url = reverse("identityproviders:passcode_pane")
    post_traced(report, "Save a pane", lambda: admin.post(url, {"choice": "enable", "version": 0}))


def test_bulk_upload(admin: Client, report: Report) -> None:
    url = reverse("guests:bulk", args=["invite"])
    file = SimpleUploadedFile("partners.csv", ROWS.encode(), "text/csv")
    post_traced(report, "Bulk upload", lambda: admin.post(url, {"file": file}))
