"""No dead link anywhere in the console (decision 12)."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client

from portal.permissions import Role
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory, TenantFactory
from tests.support.page import read_page

pytestmark = pytest.mark.django_db

MAXIMUM_PAGES = 60


@pytest.mark.parametrize(
    "roles",
    [(), (Role.GLOBAL_ADMINISTRATOR,), (Role.GUEST_INVITER,), (Role.GLOBAL_READER,)],
    ids=["member", "global-administrator", "guest-inviter", "global-reader"],
)
def test_every_link_that_is_shown_leads_somewhere(client: Client, roles: tuple[Role, ...]) -> None:
    tenant = TenantFactory(display_name="Contoso", domain="contoso.com")
    client.force_login(MemberFactory(tenant=tenant, roles=roles, display_name="Grace Nakamura"))
    PasscodeGuestFactory(tenant=tenant, display_name="Daniela Rossi")
    GuestFactory(tenant=tenant, display_name="Farah Haddad")
    waiting, seen = ["/"], set[str]()

    while waiting and len(seen) < MAXIMUM_PAGES:
        url = waiting.pop(0)
        if url in seen:
            continue
        seen.add(url)
        answer = client.get(url, follow=True)
        assert answer.status_code == 200, f"{url}: {answer.status_code}"
        links = [] if answer.streaming else read_page(answer).find_all("link")
        hrefs = [link.get("href") for link in links]
        assert not [h for h in hrefs if h == "#"], url
        waiting += [h for h in hrefs if h.startswith("/")]

    assert any(urlsplit(url).path.startswith("/users/") for url in seen)
    assert len(seen) > 5
