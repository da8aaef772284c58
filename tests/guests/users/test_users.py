"""Users | All users: what stands there, search, filters, order, pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guests.models import LastSignIn, User
from invitations.models import CollaborationPolicy
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory, GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.page import inline_code, read_page
from tests.support.users_list import bulk_guests, found, names, next_url, page, walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(
        tenant=contoso, display_name="Grace Nakamura", email="grace@contoso.com"
    )
    client.force_login(grace)
    client.get("/users/")
    return grace


@contextmanager
def queries() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as captured:
        yield captured


@pytest.mark.rule("USR-2")
def test_default_columns_are_there(client: Client, grace: User) -> None:
    assert set(read_page(page(client)).columns()) >= {
        "Display name",
        "User principal name",
        "User type",
        "On-premises sync enabled",
        "Identities",
        "Company name",
        "Creation type",
    }


@pytest.mark.rule("USR-2", "DIR-20")
def test_row_says_who_how_and_in_which_state(client: Client, grace: User, contoso: Tenant) -> None:
    PasscodeGuestFactory(
        tenant=contoso,
        address="daniela@wingtiptoys.com",
        display_name="Daniela Rossi",
        company_name="Wingtip Toys",
    )
    GuestFactory(tenant=contoso, address="farah@wingtiptoys.com", display_name="Farah Haddad")

    html = page(client)

    daniela, farah = (html[html.index(n) :] for n in (">Daniela Rossi<", ">Farah Haddad<"))
    assert "daniela_wingtiptoys.com#EXT#@contoso.onmicrosoft.com" in daniela[:400]
    assert ">mail<" in daniela[:900]
    assert "Accepted" in daniela[:900]
    assert "Wingtip Toys" in daniela[:1200]
    assert "Pending acceptance" in farah[:1000]
    assert "Not applicable" in html[html.index(">Grace Nakamura</a>") :][:1000]


@pytest.mark.rule("SEC-80")
def test_only_the_own_tenant_is_listed_and_counted(client: Client, grace: User) -> None:
    stranger = MemberFactory(display_name="Stefan Fremd")

    html = page(client)

    assert names(html) == ["Grace Nakamura"]
    assert found(html) == "1 user found"
    assert names(page(client, search=str(stranger.pk))) == []


@pytest.mark.rule("DIR-28")
def test_deleted_users_are_not_listed(client: Client, grace: User, contoso: Tenant) -> None:
    gone = MemberFactory(tenant=contoso, display_name="Gone Girl")
    User.unscoped.filter(pk=gone.pk).update(deleted_at=gone.created_at)

    assert names(page(client)) == ["Grace Nakamura"]


@pytest.mark.rule("USR-5", "USR-6")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"userType": "Guest"}, ["Gina Guest", "Hans Guest"]),
        ({"userType": "Member"}, ["Grace Nakamura", "Max Member"]),
        ({"externalUserState": "Accepted"}, ["Gina Guest"]),
        ({"externalUserState": "PendingAcceptance"}, ["Hans Guest"]),
        ({"externalUserState": "None"}, ["Grace Nakamura", "Max Member"]),
        ({"accountEnabled": "false"}, ["Gina Guest"]),
        ({"creationType": "Invitation"}, ["Gina Guest", "Hans Guest"]),
        ({"creationType": "None"}, ["Grace Nakamura", "Max Member"]),
        ({"userType": "nonsense"}, ["Gina Guest", "Grace Nakamura", "Hans Guest", "Max Member"]),
    ],
)
def test_filters_narrow_the_list(
    client: Client, grace: User, contoso: Tenant, query: dict[str, str], expected: list[str]
) -> None:
    PasscodeGuestFactory(tenant=contoso, display_name="Gina Guest", account_enabled=False)
    GuestFactory(tenant=contoso, display_name="Hans Guest")
    MemberFactory(tenant=contoso, display_name="Max Member")

    assert names(page(client, **query)) == expected


@pytest.mark.rule("USR-9")
def test_names_sort_whatever_their_case_and_then_by_object_id(
    client: Client, grace: User, contoso: Tenant
) -> None:
    for name in ("anna", "Bert", "ANNA", "Élise", "élise", "zoe", "Carl"):
        GuestFactory(tenant=contoso, display_name=name)

    down = names(page(client))
    up = names(page(client, sort="-name"))

    keys = [name.casefold() for name in down]
    assert keys[:2] == ["anna", "anna"]
    assert keys.index("bert") < keys.index("carl") < keys.index("grace nakamura")
    assert abs(keys.index("élise") - (len(keys) - 1 - keys[::-1].index("élise"))) == 1
    assert up == down[::-1]


@pytest.mark.rule("USR-9", "USR-10")
def test_pages_by_last_sign_in_hold_everybody_once_and_those_who_never_signed_in_at_the_end(
    client: Client, grace: User, contoso: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.console.grid.PAGE_SIZE", 2)
    guests: list[User] = [GuestFactory(tenant=contoso, display_name=name) for name in "ABCDEFG"]
    by_id = sorted([grace, *guests], key=lambda user: str(user.pk))
    signed_in, never = by_id[:4], by_id[4:]
    moments = [datetime(2026, 1, day, tzinfo=UTC) for day in (3, 1, 2, 2)]
    for user, moment in zip(signed_in, moments, strict=True):
        LastSignIn.objects.create(tenant=contoso, user=user, moment=moment)
    up = [*never, *(signed_in[n] for n in (1, 2, 3, 0))]
    expected = [user.display_name for user in up]

    assert list(chain.from_iterable(walk(client, sort="lastSignIn"))) == expected
    assert list(chain.from_iterable(walk(client, sort="-lastSignIn"))) == expected[::-1]


@pytest.mark.rule("USR-9")
@pytest.mark.parametrize("sort", ["upn", "type", "identities", "state", "created", "company"])
def test_every_sortable_column_goes_both_ways(
    client: Client, grace: User, contoso: Tenant, sort: str
) -> None:
    PasscodeGuestFactory(tenant=contoso, display_name="A", company_name="Zebra")
    GuestFactory(tenant=contoso, display_name="B", company_name="apple")
    GuestFactory(tenant=contoso, display_name="C", company_name="Banana")

    up, down = page(client, sort=sort), page(client, sort=f"-{sort}")

    assert names(up) == names(down)[::-1]
    assert 'aria-sort="ascending"' in up
    assert 'aria-sort="descending"' in down


@pytest.mark.rule("USR-9")
def test_companies_sort_whatever_their_case(client: Client, grace: User, contoso: Tenant) -> None:
    for company in ("banana", "Apple", "Cherry"):
        GuestFactory(tenant=contoso, display_name=company, company_name=company)

    assert names(page(client, sort="company"))[1:] == ["Apple", "banana", "Cherry"]


def test_unknown_order_is_the_default_order(client: Client, grace: User) -> None:
    assert 'aria-sort="ascending"' in page(client, sort="password")


@pytest.mark.rule("USR-10")
def test_pages_of_fifty_cover_the_list_without_gaps_or_doubles(
    client: Client, grace: User, contoso: Tenant
) -> None:
    bulk_guests(contoso, 124)

    pages = list(walk(client))

    assert [len(p) for p in pages] == [50, 50, 25]
    everything = [name for p in pages for name in p]
    assert everything == [*(f"Bulk {n:05}" for n in range(124)), "Grace Nakamura"]


@pytest.mark.rule("USR-10")
@pytest.mark.parametrize("sort", ["created", "-created", "-name", "company", "state", "type"])
def test_pages_stay_whole_where_the_order_has_ties(
    client: Client, grace: User, contoso: Tenant, sort: str
) -> None:
    bulk_guests(contoso, 120)

    everything = [name for p in walk(client, sort=sort) for name in p]

    assert len(everything) == 121
    assert len(set(everything)) == 121


@pytest.mark.rule("USR-10")
def test_rows_inserted_and_deleted_while_reading_neither_double_nor_hide_others(
    client: Client, grace: User, contoso: Tenant
) -> None:
    old = bulk_guests(contoso, 140)
    seen: list[str] = []

    for number, part in enumerate(walk(client)):
        seen += part
        bulk_guests(contoso, 10, prefix=f"Aaa{number}")
        User.unscoped.filter(pk=old[number].pk).update(deleted_at=grace.created_at)

    known = {u.display_name for u in old}
    assert len(seen) == len(set(seen))
    assert known <= set(seen)


@pytest.mark.rule("USR-10")
def test_further_rows_come_as_rows_for_htmx(client: Client, grace: User, contoso: Tenant) -> None:
    bulk_guests(contoso, 70)
    url = next_url(page(client))

    answer = client.get(url, headers={"HX-Request": "true", "HX-Target": "rows"})

    html = answer.content.decode()
    assert len(names(html)) == 21
    assert "<html" not in html
    assert 'id="pager" hx-swap-oob="true"' in html
    assert "71 of 71 shown" in html
    assert "HX-Request" in answer["Vary"]


def test_list_comes_alone_for_htmx(client: Client, grace: User) -> None:
    answer = client.get("/users/?search=grace", headers={"HX-Request": "true", "HX-Target": "grid"})

    html = answer.content.decode()
    assert html.lstrip().startswith('<div class="list contents" id="grid"')
    assert 'id="pills" hx-swap-oob="true"' in html
    assert "1 user found" in html


def test_page_without_script_says_where_it_is(client: Client, grace: User, contoso: Tenant) -> None:
    bulk_guests(contoso, 70)

    html = page(client, next_url(page(client)))

    assert "51 to 71 of 71 shown" in html
    assert "Back to the first rows" in html


@pytest.mark.parametrize("cursor", ["x", "WzFd:1:2", "a" * 4000])
def test_changed_address_of_a_page_is_refused(client: Client, grace: User, cursor: str) -> None:
    assert client.get("/users/", {"cursor": cursor}).status_code == 400


def test_address_of_a_page_belongs_to_its_order(
    client: Client, grace: User, contoso: Tenant
) -> None:
    bulk_guests(contoso, 60)
    url = next_url(page(client))

    assert client.get(f"{url}&sort=created").status_code == 400


@pytest.mark.rule("USR-10", "USR-8")
def test_ten_thousand_users_cost_as_many_queries_as_ten(
    client: Client, grace: User, contoso: Tenant
) -> None:
    bulk_guests(contoso, 9)
    with queries() as few:
        assert found(page(client)) == "10 users found"
    bulk_guests(contoso, 10_000, prefix="More")

    with queries() as many:
        html = page(client)

    assert len(many) == len(few)
    assert len(names(html)) == 50
    assert found(html) == "More than 10,000 users found"
    assert "50 of more than 10,000 shown" in html


def test_sorting_and_filters_cost_nothing_and_a_search_one_query_more(
    client: Client, grace: User, contoso: Tenant
) -> None:
    bulk_guests(contoso, 60)
    with queries() as plain:
        page(client)

    with queries() as narrowed:
        page(client, sort="-created", userType="Guest")
    with queries() as searched:
        page(client, search="bulk", sort="-created", userType="Guest")
    with queries() as further:
        page(client, next_url(page(client)))

    assert len(narrowed) == len(plain)
    assert len(searched) == len(plain) + 1
    assert len(further) == 2 * len(plain)


@pytest.mark.rule("USR-11")
def test_rows_can_be_selected_and_all_means_the_loaded_ones(client: Client, grace: User) -> None:
    html = page(client)

    assert 'aria-label="Select Grace Nakamura"' in html
    assert 'aria-label="Select all loaded rows"' in html
    assert "of the loaded rows selected" in html


@pytest.mark.rule("USR-13")
def test_empty_result_repeats_the_search_and_offers_to_clear(client: Client, grace: User) -> None:
    html = page(client, search="<zzz>", userType="Guest")

    assert "Nothing matches “&lt;zzz&gt;”" in html
    assert '<a class="btn" href="/users/">Clear filters</a>' in html


@pytest.mark.rule("USR-12", "ROL-4")
@pytest.mark.parametrize(
    ("policy", "roles", "reason"),
    [
        ("everyone", (), ""),
        ("adminsAndGuestInviters", (Role.GUEST_INVITER,), ""),
        (
            "adminsAndGuestInviters",
            (Role.GLOBAL_READER,),
            "Needs one of these roles: Global Administrator, User Administrator, Guest Inviter.",
        ),
        (
            "none",
            (Role.GUEST_INVITER,),
            "Inviting guests is switched off for this organization.",
        ),
    ],
)
def test_new_user_is_disabled_with_the_reason_for_who_may_not_invite(
    client: Client, contoso: Tenant, policy: str, roles: tuple[Role, ...], reason: str
) -> None:
    CollaborationPolicy.objects.create(tenant=contoso, allow_invites_from=policy)
    client.force_login(MemberFactory(tenant=contoso, roles=roles))

    html = page(client)

    assert ('href="/users/invite/"' in html) is not bool(reason)
    assert ('aria-disabled="true" aria-describedby="refused-new"' in html) is bool(reason)
    assert reason in html


@pytest.mark.rule("USR-12", "ROL-4")
def test_creating_stays_where_inviting_is_switched_off(
    client: Client, contoso: Tenant, grace: User
) -> None:
    CollaborationPolicy.objects.create(tenant=contoso, allow_invites_from="none")

    html = page(client)

    assert 'href="/users/create/"' in html
    assert 'href="/users/invite/"' not in html
    assert "Inviting guests is switched off for this organization." in html


@pytest.mark.rule("USR-1")
def test_menu_names_the_page_that_is_open(client: Client, grace: User) -> None:
    links = read_page(page(client)).find_all("link", href="/users/")

    current = [(link.name, link.get("aria-current")) for link in links if link.has("aria-current")]
    assert ("Users", "true") in current
    assert ("All users", "page") in current


@pytest.mark.rule("ROL-1")
@pytest.mark.parametrize("role", list(Role))
def test_every_role_and_every_member_reads_the_list(
    client: Client, contoso: Tenant, role: Role
) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=(role,)))
    assert client.get("/users/").status_code == 200
    client.force_login(MemberFactory(tenant=contoso))
    assert client.get("/users/").status_code == 200


def test_guests_may_not_enumerate_users(client: Client, contoso: Tenant) -> None:
    client.force_login(PasscodeGuestFactory(tenant=contoso))

    answer = client.get("/users/")

    assert answer.status_code == 403
    assert not names(answer.content.decode())


@pytest.mark.rule("USR-23")
def test_guest_with_a_role_reads_the_list(client: Client, contoso: Tenant) -> None:
    guest = PasscodeGuestFactory(tenant=contoso, display_name="Gina Guest")
    guest.role_assignments.create(tenant=contoso, role=Role.GLOBAL_READER.value)
    client.force_login(guest)

    assert names(page(client)) == ["Gina Guest"]


@pytest.mark.rule("SEC-69")
def test_list_has_no_inline_code_and_escapes_names(
    client: Client, grace: User, contoso: Tenant
) -> None:
    GuestFactory(tenant=contoso, display_name="<script>alert(1)</script>", company_name="<b>x")

    html = page(client)

    assert not inline_code(html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_list_is_only_read(client: Client, grace: User, method: str) -> None:
    answer: Any = getattr(client, method)("/users/")

    assert answer.status_code == 405
