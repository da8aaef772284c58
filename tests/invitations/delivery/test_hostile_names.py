"""What people call themselves stays text on every page (SEC-92, SEC-31, SEC-86)."""

from __future__ import annotations

import pytest
from django.test import Client

from guests.models import User
from invitations.blocking import tokens
from invitations.models import Invitation
from portal.outbox.models import OutgoingMail
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory
from tests.support.invitations import NICOLE, TARGET, Invite, mails_of, signed_in
from tests.support.redemption import consenting, opened

pytestmark = pytest.mark.django_db

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "{{7*7}}{% debug %}",
    "javascript:alert(1)",
    "</title><script>alert(1)</script>",
    "--><b>x</b><!--",
    "&lt;script&gt;",
    "%(name)s %s {0}",
]


def assert_only_text(body: str) -> None:
    assert "<script>alert" not in body
    assert "<img src=x" not in body
    assert "<svg onload" not in body
    assert "<b>x</b>" not in body
    assert ">49<" not in body
    assert "49{%" not in body


@pytest.mark.rule("SEC-92", "SEC-31", "AB-6")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_are_text_on_tile_list_pane_and_notification(
    ada: User, fabrikam: Tenant, payload: str
) -> None:
    console = signed_in(ada)
    filled = {"email": NICOLE, "redirect_url": TARGET, "display_name": payload, "message": payload}
    review = console.post("/users/invite/", {**filled, "go": "review"})
    assert_only_text(review.content.decode())
    assert console.post("/users/invite/", {**filled, "go": "invite"}).status_code == 302
    guest = User.unscoped.external().get()
    Invitation.unscoped.update(message=payload)
    OutgoingMail.unscoped.update(state="failed", reply_code=550, reply_text=payload)
    for url in ("/users/", f"/users/{guest.pk}/", f"/users/{guest.pk}/invitation/link/"):
        page = console.get(url)
        assert page.status_code == 200
        assert_only_text(page.content.decode())


@pytest.mark.rule("SEC-92", "SEC-31", "RED-1", "CON-2")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_are_text_on_the_guests_pages(
    invite: Invite, fabrikam: Tenant, ada: User, payload: str
) -> None:
    Tenant.objects.filter(pk=fabrikam.pk).update(
        display_name=payload, sign_in_page_text=payload, privacy_statement_url="https://x.example/"
    )
    User.unscoped.filter(pk=ada.pk).update(display_name=payload)
    invitation = invite().invitation
    [mail] = mails_of(invitation)
    browser = opened(invitation)
    pages = [browser.get("/redeem/"), consenting(invitation).get("/consent/")]
    stranger = AdministratorFactory(tenant=fabrikam, display_name=payload, email="x@fabrikam.com")
    pages.append(opened(invitation, signed_in(stranger)).get("/redeem/mismatch/"))
    footer = Client()
    footer.get(f"/block/{tokens.make_block_token(mail, invitation.key_id)}/")
    pages.append(footer.get("/block/"))
    for page in pages:
        assert page.status_code == 200
        assert_only_text(page.content.decode())
