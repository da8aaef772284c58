"""A country, usage location or language that ISO lacks is refused wherever it comes in (T2)."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from guests.models import User
from guests.users.creation.actions import create_guest, create_user
from guests.users.editing.actions import UserEdit, edit_user
from invitations.user_flows.forms import AttributesForm
from portal.errors import InvalidInput
from portal.tenants.models import Tenant
from portal.values.email_address import parse_email_address
from tests.support.edit_form import save, text, url_of
from tests.support.page import read_page, words

pytestmark = pytest.mark.django_db

WRONG = [
    (
        "usage_location",
        "ZZ",
        "“ZZ” is no country. Enter a country code of two letters, such as DE.",
    ),
    ("country", "ZZ", "“ZZ” is no country or region. Enter its English name or its code."),
    ("preferred_language", "en-ZZ", "“en-ZZ” is no language. Enter a language such as en-US."),
]
NAMES = [name for name, _value, _sentence in WRONG]


@pytest.fixture(autouse=True)
def console(client: Client, grace: User) -> None:
    client.force_login(grace)


@pytest.mark.rule("T2")
@pytest.mark.parametrize(("name", "value", "sentence"), WRONG, ids=NAMES)
def test_the_edit_form_refuses_it(
    client: Client, mel: User, name: str, value: str, sentence: str
) -> None:
    answer = save(client, mel, **{name: value})

    assert answer.status_code == 400
    assert sentence in read_page(answer).error_at(name)


@pytest.mark.rule("T2")
@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("create", WRONG[0]),
        ("create", WRONG[1]),
        ("invite", WRONG[0]),
        ("invite", WRONG[1]),
        ("classic create", WRONG[0]),
        ("classic invite", WRONG[0]),
    ],
)
def test_the_wizards_refuse_it(
    client: Client, contoso: Tenant, page: str, wrong: tuple[str, str, str]
) -> None:
    name, value, sentence = wrong
    kind = page.split()[-1]
    address = {
        "create": reverse("guests:create_user"),
        "invite": reverse("invitations:invite"),
    }.get(page, reverse("invitations:classic_new_user"))
    filled = {
        "name": "nicole",
        "domain": "contoso.com",
        "display_name": "Nicole",
        "is_password_generated": "on",
        "is_nickname_derived": "on",
        "email": "nicole@partner.example",
        "redirect_url": "https://contoso.com/",
        "kind": kind,
        "go": "save" if page.startswith("classic") else kind,
    }

    answer = client.post(address, {**filled, name: value})

    assert answer.status_code == 400
    assert sentence in words(answer)
    assert not User.unscoped.filter(display_name="Nicole").exists()


@pytest.mark.rule("T2", "ROL-5")
@pytest.mark.parametrize(("name", "value", "sentence"), WRONG, ids=NAMES)
def test_the_actions_refuse_it(
    grace: User, mel: User, name: str, value: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence) as edited:
        edit_user(mel, by=grace, edits=[UserEdit(name, getattr(mel, name), value)])
    with pytest.raises(InvalidInput, match=sentence):
        create_user(
            grace.tenant,
            by=grace,
            name="eve",
            domain="contoso.com",
            display_name="Eve",
            profile={name: value},
        )
    with pytest.raises(InvalidInput, match=sentence):
        create_guest(
            grace.tenant, parse_email_address("eve@partner.example"), profile={name: value}
        )
    assert edited.value.field == name


@pytest.mark.rule("T2")
def test_lists_offer_countries_by_name_and_by_code(client: Client, mel: User) -> None:
    form = read_page(client.get(url_of(mel)))

    assert "Germany" in [one.text for one in form.field("country").find_all("option")]
    assert "Germany (DE)" in [one.text for one in form.field("usage_location").find_all("option")]
    assert "Deutsch (de)" in [
        one.text for one in form.field("preferred_language").find_all("option")
    ]


@pytest.mark.rule("T2", "USR-18")
def test_a_country_stored_before_stays_until_another_is_chosen(client: Client, mel: User) -> None:
    User.unscoped.filter(pk=mel.pk).update(country="Freedonia")

    assert save(client, mel, job_title="Pilot").status_code == 302

    mel.refresh_from_db()
    assert (mel.country, mel.job_title) == ("Freedonia", "Pilot")
    assert "Freedonia" in text(client.get(url_of(mel)))


@pytest.mark.rule("T2", "SSU-1")
def test_a_user_flow_refuses_a_country_that_is_none() -> None:
    form = AttributesForm({"country": "ZZ"}, names=["country"])

    assert form.errors["country"] == [WRONG[1][2]]
    assert AttributesForm({"country": "Germany"}, names=["country"]).is_valid()
    assert not AttributesForm({"country": ""}, names=["country"]).is_valid()


@pytest.mark.rule("T1")
def test_operators_give_a_tenant_no_unknown_country(contoso: Tenant) -> None:
    contoso.country = "ZZ"

    with pytest.raises(ValidationError, match="“ZZ” is no country"):
        contoso.full_clean()
