"""Reading All users as a browser does, and filling it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from guests.models import ExternalUserState, User, UserType
from guests.users import search_terms
from portal.tenants.models import Tenant
from tests.support.page import read_page


def page(client: Client, url: str = "/users/", **query: str) -> str:
    answer = client.get(url, query or None)
    assert answer.status_code == 200
    return answer.content.decode()


def names(html: str) -> list[str]:
    return [
        link.name for row in read_page(html).find_all("rowheader") for link in row.find_all("link")
    ]


def found(html: str) -> str:
    return read_page(html).by_id("found").text


def next_url(html: str) -> str:
    more = read_page(html).find_all("link", "Load more")
    return more[0].get("href") if more else ""


def bulk_guests(tenant: Tenant, count: int, *, prefix: str = "Bulk") -> list[User]:
    states = (ExternalUserState.PENDING, ExternalUserState.ACCEPTED)
    users = [
        User(
            tenant=tenant,
            user_principal_name=f"{prefix.lower()}{n}_x.example#EXT#@{tenant.initial_domain}",
            display_name=f"{prefix} {n:05}",
            display_name_key=f"{prefix} {n:05}".casefold(),
            user_type=UserType.GUEST,
            external_user_state=states[n % 2],
            identity_issuer="mail",
        )
        for n in range(count)
    ]
    User.unscoped.bulk_create(users, batch_size=500)
    search_terms.refresh_many_search_terms(users)
    return users


def walk(client: Client, **query: str) -> Iterator[list[str]]:
    html = page(client, **query)
    for _step in range(20):
        yield names(html)
        url = next_url(html)
        if not url:
            return
        html = page(client, url)
    pytest.fail("the list has no end")
