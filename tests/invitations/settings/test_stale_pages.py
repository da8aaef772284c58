"""Who works on a page that is out of date is told so, and goes on from what holds.

A wrong value in between changes nothing about that: the page keeps the version that the values
were typed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.urls import reverse

from guests.models import User
from invitations.collaboration.actions import save_restrictions
from invitations.collaboration.rules import Restriction
from invitations.cross_tenant.actions import add_partner, update_partner
from invitations.cross_tenant.queries import PartnerSettings
from invitations.models import CollaborationPolicy
from invitations.settings.actions import save_lifetime, save_redirect_targets
from invitations.user_flows.actions import FlowSettings, create_user_flow, update_user_flow
from portal.tenants.models import Tenant
from tests.support.invitations import signed_in
from tests.support.page import read_page

pytestmark = pytest.mark.django_db

SETTINGS = "/external-identities/external-collaboration-settings/"


@dataclass(frozen=True)
class Case:
    """A page whose version 0 is out of date, with a good form, a bad one, and what holds now."""

    url: str
    good: dict[str, str]
    holds: str
    bad: dict[str, str] = field(default_factory=dict)


def of_restrictions(tenant: Tenant, by: User) -> Case:
    save_restrictions(tenant, Restriction.DENY, ["spam.example"], by=by, version=0)
    good = {"restriction": "deny", "deny_domains": "mine.example"}
    bad = {"restriction": "deny", "deny_domains": "no domain"}
    return Case(SETTINGS, good, "spam.example", bad)


def of_redirect_targets(tenant: Tenant, by: User) -> Case:
    save_redirect_targets(tenant, ["https://theirs.example"], by=by, version=0)
    good, bad = {"origins": "https://mine.example"}, {"origins": "no site"}
    return Case(reverse("invitations:redirect_targets"), good, "https://theirs.example", bad)


def of_lifetime(tenant: Tenant, by: User) -> Case:
    theirs = {"maximum_age_days": 21, "reminder_after_days": None, "maximum_reminders": 2}
    save_lifetime(tenant, theirs, by=by, version=0)
    good, bad = ({"maximum_age_days": n, "maximum_reminders": "2"} for n in ("14", "0"))
    return Case(reverse("invitations:invitation_settings"), good, 'value="21"', bad)


def of_user_flow(tenant: Tenant, by: User) -> Case:
    CollaborationPolicy.objects.create(tenant=tenant, is_self_service_allowed=True)
    flow = create_user_flow(tenant, "partners", FlowSettings(), by=by)
    theirs = FlowSettings(offers_passcode=True)
    update_user_flow(flow, theirs, by=by, version=0)
    url = reverse("invitations:user_flow", args=[flow.pk])
    return Case(url, {"offers": "google"}, 'value="passcode" checked')


def of_organization(tenant: Tenant, by: User) -> Case:
    row = add_partner(tenant, "contoso.net", by=by)
    theirs = PartnerSettings(is_inbound_allowed=True)
    update_partner(row, theirs, by=by, version=0)
    url = reverse("invitations:cross_tenant_organization", args=["contoso.net"])
    good = {"inbound": "block", "outbound": "default"}
    return Case(url, good, 'name="inbound" value="allow" checked')


CASES = [of_restrictions, of_redirect_targets, of_lifetime, of_user_flow, of_organization]
Make = Callable[[Tenant, User], Case]


def version_on(page: Any) -> str:
    return read_page(page).field("version").value


@pytest.mark.rule("COL-11", "SEC-60", "INV-4", "SSU-1", "CTA-1")
@pytest.mark.parametrize("make", CASES)
def test_an_old_page_is_refused_and_shows_what_holds(
    fabrikam: Tenant, ada: User, make: Make
) -> None:
    case = make(fabrikam, ada)
    page = signed_in(ada).post(case.url, case.good | {"version": "0"})
    assert page.status_code == 409
    assert case.holds in page.content.decode()
    assert version_on(page) == "1"


@pytest.mark.rule("COL-11", "SEC-60", "INV-4")
@pytest.mark.parametrize("make", CASES[:3])
def test_an_old_page_stays_old_after_an_error_at_a_field(
    fabrikam: Tenant, ada: User, make: Make
) -> None:
    case = make(fabrikam, ada)
    page = signed_in(ada).post(case.url, case.bad | {"version": "0"})
    assert page.status_code == 400
    assert version_on(page) == "0"
