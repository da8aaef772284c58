"""Users | Create new user: the wizard and what it makes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from guests.groups.actions import GroupGone
from guests.models import Group, User, UserType
from guests.users.creation.actions import create_user
from portal.audit.models import AuditEvent
from portal.errors import InvalidInput, NotAllowed
from portal.permissions import Role
from portal.tenants.models import Domain, Tenant
from tests.factories import AdministratorFactory, GroupFactory, MemberFactory
from tests.support.page import inline_code, read_page, words

pytestmark = pytest.mark.django_db

URL = "/users/create/"


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(tenant=contoso, display_name="Grace Nakamura")
    client.force_login(grace)
    return grace


def values(**changes: Any) -> dict[str, Any]:
    return {
        "name": "nicole.wagner",
        "domain": "contoso.com",
        "is_nickname_derived": "on",
        "display_name": "Nicole Wagner",
        "is_password_generated": "on",
        "account_enabled": "on",
        "user_type": "Member",
        "go": "create",
    } | changes


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def nicole() -> User:
    return User.unscoped.get(user_principal_name="nicole.wagner@contoso.com")


@pytest.mark.rule("CRE-1")
def test_wizard_has_four_tabs_and_review_is_reachable_from_each(
    client: Client, grace: User
) -> None:
    html = text(client.get(URL))
    steps = read_page(html).find("navigation", "Steps").fields("go")
    assert [step.value for step in steps] == ["basics", "properties", "assignments", "review"]
    for tab in ("basics", "properties", "assignments"):
        html = text(client.post(URL, values(go=tab)))
        assert 'value="review">Review + create</button>' in html
        assert 'value="create">Create</button>' not in html
        assert not inline_code(html)

    html = text(client.post(URL, values(go="review")))

    assert 'value="create">Create</button>' in html
    assert "Nicole Wagner" in html
    assert not User.unscoped.filter(display_name="Nicole Wagner").exists()


@pytest.mark.rule("CRE-1")
def test_values_travel_from_tab_to_tab(client: Client, grace: User) -> None:
    html = text(client.post(URL, values(go="properties", roles=["GuestInviter"])))

    assert '<input type="hidden" name="name" value="nicole.wagner"' in html
    assert '<input type="hidden" name="roles" value="GuestInviter"' in html


@pytest.mark.rule("CRE-3", "CRE-1")
def test_generated_password_is_shown_once_and_must_be_changed(client: Client, grace: User) -> None:
    answer = client.post(URL, values(job_title="Buyer", usage_location="de"))

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    password = read_page(answer).find("code").text
    user = nicole()
    assert user.check_password(password)
    assert user.must_change_password
    assert user.password_expires_at is not None
    left = user.password_expires_at - timezone.now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
    assert (user.job_title, user.usage_location) == ("Buyer", "DE")
    assert (user.mail_nickname, user.creation_type) == ("nicole.wagner", "")
    assert user.external_user_state == ""
    assert password not in text(client.get(f"/users/{user.pk}/"))
    event = AuditEvent.objects.of(user.tenant).get(target_id=str(user.pk))
    assert (event.activity, event.actor_id) == ("Add user", grace.pk)
    assert password not in str(event.modified_properties)


@pytest.mark.rule("CRE-2")
def test_guest_made_here_has_a_password_and_no_invitation(client: Client, grace: User) -> None:
    client.post(URL, values(user_type="Guest"))

    user = nicole()
    assert user.is_guest
    assert not user.is_external
    assert user.has_usable_password()
    assert not user.invitations.exists()


def test_typed_password_disabled_account_and_nickname_are_taken(
    client: Client, grace: User
) -> None:
    answer = client.post(
        URL,
        values(
            is_password_generated="",
            password="seven green bicycles",
            account_enabled="",
            is_nickname_derived="",
            mail_nickname="nico",
            manager=str(grace.pk),
        ),
    )

    assert answer.status_code == 200
    user = nicole()
    assert user.check_password("seven green bicycles")
    assert user.must_change_password
    assert not user.account_enabled
    assert user.mail_nickname == "nico"
    assert user.manager == grace


@pytest.mark.rule("CRE-1", "DIR-14")
@pytest.mark.parametrize(
    ("changes", "tab", "message"),
    [
        ({"name": ""}, "Basics", "Enter the part of the name before the @."),
        ({"name": "a#b"}, "Basics", "Use up to 64 letters"),
        ({"name": "a b"}, "Basics", "Use up to 64 letters"),
        ({"name": ".a"}, "Basics", "Use up to 64 letters"),
        ({"name": "müller"}, "Basics", "Use up to 64 letters"),
        ({"name": "a" * 65}, "Basics", "64"),
        ({"domain": "fabrikam.com"}, "Basics", "Select a valid choice"),
        ({"display_name": ""}, "Basics", "Enter the name that others see."),
        ({"display_name": "a\u202eb"}, "Basics", "without control characters"),
        ({"display_name": "n" * 257}, "Basics", "256"),
        ({"is_nickname_derived": ""}, "Basics", "Enter a nickname"),
        ({"is_password_generated": ""}, "Basics", "Enter a password"),
        ({"is_password_generated": "", "password": "short"}, "Basics", "too short"),
        ({"name": "grace.nakamura"}, "Basics", "Somebody has the sign-in name"),
        ({"name": "GRACE.nakamura"}, "Basics", "Somebody has the sign-in name"),
        ({"job_title": "j" * 129}, "Properties", "128"),
        ({"city": "a\u0007b"}, "Properties", "without control characters"),
        ({"usage_location": "Germany"}, "Properties", "country code of two letters"),
        ({"employee_hire_date": "soon"}, "Properties", "Enter a date such as"),
        ({"manager": "nobody@contoso.com"}, "Properties", "not there any more"),
        ({"user_type": "Robot"}, "Properties", "Select a valid choice"),
        ({"roles": ["Emperor"]}, "Assignments", "Select a valid choice"),
    ],
)
def test_errors_are_listed_on_the_review_and_marked_on_their_tab(
    client: Client, grace: User, changes: dict[str, Any], tab: str, message: str
) -> None:
    before = User.unscoped.count()

    answer = client.post(URL, values(**changes))

    assert answer.status_code == 400
    html = text(answer)
    assert message in html
    assert "<title>Error: Create new user" in html
    steps = read_page(answer).find("navigation", "Steps")
    assert steps.names("button", containing="has errors") == [f"{tab}, has errors"]
    assert User.unscoped.count() == before


@pytest.mark.rule("CRE-1", "T8")
@pytest.mark.parametrize(("go", "status"), [("review", 200), ("create", 400)])
def test_review_lists_every_refusal_at_once(
    client: Client, grace: User, go: str, status: int
) -> None:
    answer = client.post(
        URL,
        values(
            go=go,
            name="grace.nakamura",
            is_password_generated="",
            password="short",
            usage_location="ZZ",
            job_title="j" * 129,
        ),
    )

    assert answer.status_code == status
    page = words(answer)
    assert "Somebody has the sign-in name grace.nakamura@contoso.com already." in page
    assert "too short" in page
    assert "“ZZ” is no country." in page
    assert "at most 128 characters" in page


@pytest.mark.rule("CRE-1")
def test_roles_are_for_those_who_may_assign_them(client: Client, contoso: Tenant) -> None:
    ulla = MemberFactory(tenant=contoso, roles=(Role.USER_ADMINISTRATOR,))
    client.force_login(ulla)

    assert "Assignments" not in text(client.get(URL))
    client.post(URL, values(roles=["GlobalAdministrator"]))

    assert nicole().roles == frozenset()
    with pytest.raises(NotAllowed):
        create_user(
            contoso,
            by=ulla,
            name="eve",
            domain="contoso.com",
            display_name="Eve",
            roles=[Role.GLOBAL_ADMINISTRATOR],
        )


def test_administrator_assigns_roles(client: Client, grace: User) -> None:
    client.post(URL, values(roles=["GuestInviter", "GlobalReader"]))

    assert nicole().roles == {"GuestInviter", "GlobalReader"}


@pytest.mark.rule("CRE-1", "T8")
def test_groups_are_assigned_with_the_user(client: Client, contoso: Tenant, grace: User) -> None:
    sales = GroupFactory(tenant=contoso, display_name="Sales")
    html = text(client.post(URL, values(go="assignments", **{"groups-search": "sal"})))
    assert f'name="groups" value="{sales.pk}"' in html
    assert "Sales" in text(client.post(URL, values(go="review", groups=str(sales.pk))))
    assert client.post(URL, values(groups=str(GroupFactory().pk))).status_code == 400

    client.post(URL, values(groups=str(sales.pk)))

    assert [row.group for row in nicole().group_memberships.all()] == [sales]


@pytest.mark.rule("T8")
def test_a_group_that_went_meanwhile_leaves_no_user(contoso: Tenant, grace: User) -> None:
    gone = Group(tenant=contoso, display_name="Gone")
    with pytest.raises(GroupGone):
        create_user(
            contoso,
            by=grace,
            name="nicole.wagner",
            domain="contoso.com",
            display_name="Nicole",
            groups=[gone],
        )

    assert not User.unscoped.filter(display_name="Nicole").exists()


@pytest.mark.rule("USR-12", "SEC-77")
@pytest.mark.parametrize(
    "role", [r for r in Role if r not in {Role.GLOBAL_ADMINISTRATOR, Role.USER_ADMINISTRATOR}]
)
def test_other_roles_create_nobody(client: Client, contoso: Tenant, role: Role) -> None:
    client.force_login(MemberFactory(tenant=contoso, roles=(role,)))

    assert client.get(URL).status_code == 403
    assert client.post(URL, values()).status_code == 403
    assert 'href="/users/create/"' not in text(client.get("/users/"))


def test_entry_stands_in_the_new_user_menu(client: Client, grace: User) -> None:
    assert 'href="/users/create/"' in text(client.get("/users/"))


@pytest.mark.rule("DIR-12", "DIR-4")
def test_only_verified_domains_are_offered(client: Client, contoso: Tenant, grace: User) -> None:
    Domain.objects.create(tenant=contoso, name="contoso.example")

    html = text(client.get(URL))

    assert "@contoso.com" in html
    assert "@contoso.onmicrosoft.com" in html
    assert "contoso.example" not in html
    with pytest.raises(InvalidInput):
        create_user(contoso, by=grace, name="eve", domain="contoso.example", display_name="Eve")
    user, _password = create_user(
        contoso, by=grace, name="eve", domain="contoso.com", display_name="Eve"
    )
    assert user.user_type == UserType.MEMBER
