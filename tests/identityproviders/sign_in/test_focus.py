"""The first field of a guest page has the focus, after an error the faulty one (issue 12)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from guests.models import User
from invitations.user_flows.forms import AttributesForm
from portal.tenants.models import Tenant
from tests.support.page import Element, read_page
from tests.support.visitor import PRIYA, Visitor

pytestmark = pytest.mark.django_db

OPTIONS = reverse("identityproviders:signin_options")
FIND = reverse("identityproviders:find_organizations")
SEND, ENTER = reverse("identityproviders:send_code"), reverse("identityproviders:enter_code")


def focused(answer: Any) -> list[Element]:
    """The elements that take the focus when the page opens."""
    return [one for one in read_page(answer).descendants() if one.has("autofocus")]


def name_of_focused(answer: Any) -> str:
    """The field name of the only element that takes the focus."""
    [element] = focused(answer)
    return element.get("name")


@pytest.mark.rule("SIN-1")
@pytest.mark.parametrize(
    ("url", "name"),
    [
        (reverse("identityproviders:signin"), "address"),
        ("/contoso.com/signin/", "address"),
        (OPTIONS, "organization"),
        (reverse("invitations:manage_blocks"), "address"),
    ],
)
def test_the_first_field_has_the_focus_on_opening(contoso: Tenant, url: str, name: str) -> None:
    assert name_of_focused(Client().get(url)) == name


@pytest.mark.rule("SIN-1")
@pytest.mark.parametrize(
    ("url", "name"),
    [
        (reverse("identityproviders:signin"), "address"),
        ("/contoso.com/signin/", "address"),
        (OPTIONS, "organization"),
        (reverse("invitations:manage_blocks"), "address"),
        (FIND, "address"),
    ],
)
def test_the_faulty_field_has_the_focus_after_an_error(
    contoso: Tenant, url: str, name: str
) -> None:
    answer = Client().post(url, {"address": "nobody at all", "organization": "no such"})

    assert answer.status_code == 400
    [field] = focused(answer)
    assert (field.get("name"), field.get("aria-invalid")) == (name, "true")


@pytest.mark.rule("BET-16")
def test_a_wrong_address_for_own_organizations_is_named_at_its_field(contoso: Tenant) -> None:
    answer = Client().post(FIND, {"address": "nobody at all"})

    [field] = focused(answer)
    assert field.value == "nobody at all"
    assert "Enter one e-mail address" in field.described_by


@pytest.mark.rule("OTP-5", "OTP-7")
def test_the_code_has_the_focus_and_what_it_is_about(visitor: Visitor, priya: User) -> None:
    visitor.ask_for_code(PRIYA)

    [field] = focused(visitor.get(ENTER))
    assert field.get("name") == "code"
    assert "8-digit code" in field.described_by
    [field] = focused(visitor.enter("1234"))
    assert "nothing else" in field.described_by


@pytest.mark.rule("SIN-2")
def test_the_password_has_the_focus(visitor: Visitor, grace: User) -> None:
    visitor.type_address(grace.mail)

    assert name_of_focused(visitor.get(reverse("identityproviders:password"))) == "password"
    assert name_of_focused(visitor.enter_password("wrong")) == "password"


@pytest.mark.rule("SSU-2", "CON-1")
def test_a_form_below_a_decision_takes_the_focus_after_an_error_only() -> None:
    names = ["given_name", "surname"]

    assert AttributesForm(names=names).focused_field == ""
    assert AttributesForm({"given_name": "Ada"}, names=names).focused_field == "surname"
