"""Where guests may be sent without asking: the tenant’s own entries of the list (SEC-60)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from guests.models import User
from invitations.models import InvitationPolicy
from invitations.overview.queries import listed_targets
from portal.audit.models import AuditEvent
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.values import redirect_url
from tests.factories import MemberFactory
from tests.support.invitations import signed_in

pytestmark = pytest.mark.django_db

PANE = reverse("invitations:redirect_targets")


def is_open(tenant: Tenant, url: str) -> bool:
    return redirect_url.is_listed(redirect_url.parse_redirect_url(url), listed_targets(tenant))


@pytest.mark.rule("SEC-60", "AUD-1")
def test_named_sites_are_opened_without_asking_and_no_neighbours(fabrikam: Tenant) -> None:
    admin = signed_in(MemberFactory(tenant=fabrikam, roles=(Role.SECURITY_ADMINISTRATOR,)))
    typed = (
        "https://Apps.partner.example/\n\nhttps://apps.partner.example\n https://b.example:8443 "
    )

    assert admin.post(PANE, {"origins": typed, "version": "0"}).status_code == 302

    policy = InvitationPolicy.objects.get(tenant=fabrikam)
    assert policy.redirect_origins == ["https://apps.partner.example", "https://b.example:8443"]
    assert is_open(fabrikam, "https://apps.partner.example/plans?a=1")
    assert is_open(fabrikam, "https://b.example:8443/")
    for other in (
        "https://partner.example/",
        "https://x.apps.partner.example/",
        "https://b.example/",
    ):
        assert not is_open(fabrikam, other)
    event = AuditEvent.objects.of(fabrikam).get(activity="Update authorization policy")
    assert event.modified_properties[0]["new"] == policy.redirect_origins
    assert admin.post(PANE, {"origins": "https://c.example", "version": "0"}).status_code == 409


@pytest.mark.rule("SEC-60")
@pytest.mark.parametrize(
    "line",
    [
        "partner.example",
        "http://partner.example",
        "https://partner.example/path",
        "https://a@partner.example",
        "javascript:alert(1)",
        "https://*.partner.example",
        "https://10.0.0.1",
    ],
)
def test_what_is_no_site_is_refused_at_the_field(fabrikam: Tenant, ada: User, line: str) -> None:
    page = signed_in(ada).post(PANE, {"origins": line, "version": "0"})

    assert page.status_code == 400
    assert 'id="origins-error"' in page.content.decode()
    assert not InvitationPolicy.objects.filter(tenant=fabrikam).exists()


@pytest.mark.rule("SEC-60", "T17")
def test_readers_see_the_list_and_change_nothing(fabrikam: Tenant) -> None:
    reader = signed_in(MemberFactory(tenant=fabrikam, roles=(Role.GLOBAL_READER,)))

    assert "disabled" in reader.get(PANE).content.decode()
    assert reader.post(PANE, {"origins": "https://a.example", "version": "0"}).status_code == 403
