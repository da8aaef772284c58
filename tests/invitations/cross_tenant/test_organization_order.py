"""The redemption order of one organization, beside the default (CTA-1, CTA-3 to CTA-6, T16)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guests.models import User
from identityproviders.discovery import redemption_order
from identityproviders.discovery.decide import Method, Primary
from identityproviders.discovery.queries import expected_method, expected_methods_of, order_for
from identityproviders.discovery.redemption_order import DEFAULT, NoFallback, OrderDraft
from identityproviders.models import OrganizationOrder, PasscodePolicy
from invitations.cross_tenant import organization_settings
from invitations.cross_tenant.actions import add_partner, update_partner
from invitations.cross_tenant.queries import PartnerSettings
from invitations.models import OrganizationAccess
from portal.audit.models import AuditEvent
from portal.errors import ChangedMeanwhile, NotAllowed, NotConfirmed
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.values.email_address import parse_email_address
from tests.factories import DomainFactory, GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.invitations import Invite, signed_in
from tests.support.page import read_page, words

pytestmark = pytest.mark.django_db

SETTINGS = "/external-identities/cross-tenant-access-settings/"
PAGE = f"{SETTINGS}organizations/contoso.com/redemption-order/"
ORG, FED, SOCIAL = Primary
ALL = ["azureActiveDirectory", "externalFederation", "socialIdentityProviders"]
BOTH = ["microsoftAccount", "emailOneTimePasscode"]
WITHOUT_ENTRA = OrderDraft(primary=((ORG, False), (FED, True), (SOCIAL, True)))
NO_PRIMARY = OrderDraft(primary=tuple((primary, False) for primary in Primary))
OLGA = "olga@contoso.com"


@pytest.fixture(autouse=True)
def passcode_on(fabrikam: Tenant) -> None:
    PasscodePolicy.objects.create(tenant=fabrikam, stored="enabled")


@pytest.fixture
def olga(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, email=OLGA, display_name="Olga Orlova")


@pytest.fixture
def row(ada: User, fabrikam: Tenant, contoso: Tenant) -> OrganizationAccess:
    return add_partner(fabrikam, str(contoso.pk), by=ada)


def form(order: list[str], enabled: list[str], **values: str) -> dict[str, Any]:
    lists = {"source": "own", "primary": order, "enabled": enabled}
    return {**lists, "version": "0", **values}


def places(response: Any) -> list[str]:
    return read_page(response).values("primary")


def chosen_source(response: Any) -> list[str]:
    return [one.value for one in read_page(response).fields("source") if one.is_checked]


def method(tenant: Tenant, address: str) -> Method:
    return expected_method(tenant, parse_email_address(address)).method


@pytest.mark.rule("CTA-1", "HRD-4", "T16")
def test_an_organizations_order_decides_for_its_people_only(
    ada: User, fabrikam: Tenant, olga: User, row: OrganizationAccess, invite: Invite
) -> None:
    elsewhere = MemberFactory(
        tenant=DomainFactory(name="litware.com").tenant, email="li@litware.com"
    )
    pending = GuestFactory(tenant=fabrikam, address=OLGA)
    assert method(fabrikam, OLGA) is Method.ORGANIZATION
    assert organization_settings.save_organization_order(row, WITHOUT_ENTRA, by=ada, version=0)
    assert method(fabrikam, OLGA) is Method.PASSCODE
    assert expected_methods_of(fabrikam, [pending])[pending.pk].method is Method.PASSCODE
    assert method(fabrikam, elsewhere.user_principal_name) is Method.ORGANIZATION


@pytest.mark.rule("CTA-1")
def test_it_holds_for_every_domain_that_the_organization_proved(
    ada: User, fabrikam: Tenant, contoso: Tenant, row: OrganizationAccess
) -> None:
    DomainFactory(tenant=contoso, name="contoso.net")
    DomainFactory(tenant=contoso, name="contoso.org", is_verified=False)
    organization_settings.save_organization_order(row, WITHOUT_ENTRA, by=ada, version=0)
    primary = {d: order_for(fabrikam, d).primary for d in ("contoso.net", "contoso.org")}
    assert primary == {"contoso.net": (FED, SOCIAL), "contoso.org": (ORG, FED, SOCIAL)}


@pytest.mark.rule("CTA-1")
def test_an_order_under_the_very_domain_goes_first(
    ada: User, fabrikam: Tenant, contoso: Tenant, row: OrganizationAccess
) -> None:
    other = add_partner(fabrikam, "contoso.net", by=ada)
    DomainFactory(tenant=contoso, name="contoso.net")
    organization_settings.save_organization_order(other, NO_PRIMARY, by=ada, version=0)
    organization_settings.save_organization_order(row, WITHOUT_ENTRA, by=ada, version=0)
    assert order_for(fabrikam, "contoso.net").primary == ()
    fresh = OrganizationAccess.objects.of(fabrikam).get(pk=row.pk)
    changed = dict(organization_settings.proposed_order_change(fresh, DEFAULT).orders)
    assert changed["contoso.net"] == order_for(fabrikam, "contoso.net")
    other.refresh_from_db()
    organization_settings.save_organization_order(other, None, by=ada, version=1)
    assert order_for(fabrikam, "contoso.net").primary == (FED, SOCIAL)


@pytest.mark.rule("CTA-1", "DIR-1")
def test_the_order_of_another_tenant_is_not_asked(
    ada: User, fabrikam: Tenant, contoso: Tenant, row: OrganizationAccess
) -> None:
    organization_settings.save_organization_order(row, WITHOUT_ENTRA, by=ada, version=0)
    host = DomainFactory(name="litware.com").tenant
    assert order_for(host, "contoso.com").primary == (ORG, FED, SOCIAL)


@pytest.mark.rule("CTA-3", "CTA-1", "T23")
def test_the_page_goes_from_the_default_to_an_own_order_and_back(
    ada: User, fabrikam: Tenant, row: OrganizationAccess
) -> None:
    browser = signed_in(ada)
    page = browser.get(PAGE)
    assert chosen_source(page) == ["default"]
    assert places(page) == ALL
    moved = form(ALL, ALL + BOTH, source="default", move="up:externalFederation")
    page = browser.post(PAGE, moved)
    assert places(page)[0] == "externalFederation"
    assert chosen_source(page) == ["own"]
    assert not OrganizationOrder.unscoped.exists()
    assert browser.post(PAGE, form(places(page), ALL + BOTH, save=""))["Location"] == PAGE
    assert order_for(fabrikam, "contoso.com").primary == (FED, ORG, SOCIAL)
    assert "Customized" in words(browser.get(SETTINGS))
    default = words(browser.get(f"{SETTINGS}redemption-order/"))
    assert "1 organization has an order of its own, which goes before this one." in default
    reset = form(places(page), ALL + BOTH, version="1", reset="yes")
    assert browser.post(PAGE, reset).status_code == 302
    assert order_for(fabrikam, "contoso.com").primary == (ORG, FED, SOCIAL)
    assert "Customized" not in words(browser.get(SETTINGS))
    events = AuditEvent.unscoped.filter(activity="Update a partner cross-tenant access setting")
    first, last = (event.modified_properties[0] for event in events.order_by("created_at"))
    assert (first["old"], first["new"][0]) == (None, "externalFederation")
    assert (last["old"][0], last["new"]) == ("externalFederation", None)


@pytest.mark.rule("CTA-3")
@pytest.mark.parametrize("source", ["", "both"])
def test_a_form_that_says_neither_changes_nothing(
    ada: User, row: OrganizationAccess, source: str
) -> None:
    answer = signed_in(ada).post(PAGE, form(ALL, BOTH, source=source, save=""))
    assert answer.status_code == 400
    assert "Choose Default settings or Customize settings." in words(answer)
    assert not OrganizationOrder.unscoped.exists()


@pytest.mark.rule("CTA-3")
@pytest.mark.parametrize("order", [ALL[:2], [*ALL, ALL[0]], [*ALL[:2], "x"], []])
def test_a_form_with_other_lists_changes_nothing(
    ada: User, row: OrganizationAccess, order: list[str]
) -> None:
    signed_in(ada).post(PAGE, form(order, BOTH, save=""))
    assert not OrganizationOrder.unscoped.exists()


@pytest.mark.rule("CTA-5")
def test_a_fallback_that_works_must_stay(
    ada: User, fabrikam: Tenant, row: OrganizationAccess
) -> None:
    nothing = OrderDraft(microsoft_account_fallback=False, passcode_fallback=False)
    with pytest.raises(NoFallback):
        organization_settings.save_organization_order(row, nothing, by=ada, version=0)
    PasscodePolicy.objects.filter(tenant=fabrikam).update(stored="disabled")
    without_msa = OrderDraft(microsoft_account_fallback=False)
    with pytest.raises(NoFallback, match="Turn that on first"):
        organization_settings.save_organization_order(row, without_msa, by=ada, version=0)
    assert not OrganizationOrder.unscoped.exists()


@pytest.mark.rule("OTC-11", "CTA-5")
def test_the_passcode_stays_while_an_organization_has_no_other_fallback(
    ada: User, row: OrganizationAccess
) -> None:
    without_msa = OrderDraft(microsoft_account_fallback=False)
    organization_settings.save_organization_order(row, without_msa, by=ada, version=0)
    pane = "/external-identities/identity-providers/email-one-time-passcode/"
    page = signed_in(ada).post(pane, {"choice": "disable", "version": "0", "acknowledged": "0"})
    assert page.status_code == 409
    assert "also in those of organizations" in words(page)


@pytest.mark.rule("BET-2", "CTA-6")
def test_who_loses_is_shown_and_must_be_confirmed(
    ada: User, fabrikam: Tenant, row: OrganizationAccess, invite: Invite
) -> None:
    invite("noah@contoso.com", is_mail_wanted=False, display_name="Noah Body")
    invite("li@litware.com", is_mail_wanted=False, display_name="Li Ware")
    accepted = PasscodeGuestFactory(tenant=fabrikam, address="olga@contoso.com")
    browser = signed_in(ada)
    data = form(ALL, [*ALL, "microsoftAccount"])
    page = browser.post(PAGE, data | {"preview": "yes"})
    assert "1 guest will not be able to sign in." in words(page)
    [url] = [one for one in read_page(page).addresses if "effect=lose" in one]
    listed = words(browser.get(url))
    assert "Noah Body" in listed
    assert "Li Ware" not in listed
    assert browser.post(PAGE, data | {"save": "", "seen": "1"}).status_code == 400
    draft = OrderDraft(passcode_fallback=False)
    with pytest.raises(NotConfirmed):
        organization_settings.save_organization_order(row, draft, by=ada, version=0, acknowledged=7)
    assert organization_settings.stored_organization_order(row) is None
    assert browser.post(PAGE, data | {"save": "", "acknowledged": "1"}).status_code == 302
    assert expected_methods_of(fabrikam, [accepted])[accepted.pk].method is Method.PASSCODE


@pytest.mark.rule("BET-2", "CTA-1")
def test_the_preview_counts_guests_of_every_domain_of_the_organization(
    fabrikam: Tenant, contoso: Tenant, row: OrganizationAccess, invite: Invite
) -> None:
    DomainFactory(tenant=contoso, name="contoso.net")
    fresh = OrganizationAccess.objects.of(fabrikam).get(pk=row.pk)
    for address in ("a@contoso.com", "b@contoso.net", "c@litware.com"):
        invite(address, is_mail_wanted=False)
    draft = OrderDraft(passcode_fallback=False)
    assert organization_settings.organization_order_impact(fresh, draft).lose == 2


@pytest.mark.rule("BET-2", "CTA-1")
def test_another_default_concerns_no_organization_with_an_order_of_its_own(
    ada: User, fabrikam: Tenant, row: OrganizationAccess, invite: Invite
) -> None:
    invite("noah@contoso.com", is_mail_wanted=False, display_name="Noah Body")
    organization_settings.save_organization_order(row, DEFAULT, by=ada, version=0)
    no_codes = OrderDraft(passcode_fallback=False)
    assert redemption_order.save_order(fabrikam, no_codes, by=ada, version=0)
    assert method(fabrikam, "noah@contoso.com") is Method.PASSCODE
    assert method(fabrikam, "li@wingtiptoys.com") is Method.CREATE_PERSONAL


@pytest.mark.rule("CTA-1", "BET-2", "T23")
def test_deleting_the_settings_ends_the_order_and_asks_first(
    ada: User, fabrikam: Tenant, row: OrganizationAccess, invite: Invite
) -> None:
    organization_settings.save_organization_order(row, DEFAULT, by=ada, version=0)
    redemption_order.save_order(fabrikam, OrderDraft(passcode_fallback=False), by=ada, version=0)
    PasscodePolicy.objects.filter(tenant=fabrikam).update(stored="enabled")
    invite("noah@contoso.com", is_mail_wanted=False, display_name="Noah Body")
    row.refresh_from_db()
    with pytest.raises(NotConfirmed):
        organization_settings.delete_partner(row, by=ada, confirmed="0-0")
    browser = signed_in(ada)
    page = browser.get(f"{SETTINGS}organizations/contoso.com/delete/")
    assert "1 guest will not be able to sign in." in words(page)
    data = {"confirmed": read_page(page).field("confirmed").value}
    browser.post(f"{SETTINGS}organizations/contoso.com/delete/", data)
    assert not OrganizationOrder.unscoped.exists()
    event = AuditEvent.unscoped.get(activity="Delete partner specific cross-tenant access setting")
    names = {item["name"] for item in event.modified_properties}
    assert {"is_inbound_allowed", "FallbackIdentityProvider"} <= names


@pytest.mark.rule("CTA-1")
def test_two_administrators_do_not_overwrite_each_other(ada: User, row: OrganizationAccess) -> None:
    organization_settings.save_organization_order(row, WITHOUT_ENTRA, by=ada, version=0)
    with pytest.raises(ChangedMeanwhile):
        organization_settings.save_organization_order(row, None, by=ada, version=0)
    page = signed_in(ada).post(PAGE, form(ALL, ALL + BOTH, save=""))
    assert page.status_code == 409
    assert 'name="version" value="1"' in page.content.decode()
    row.refresh_from_db()
    with pytest.raises(ChangedMeanwhile):
        update_partner(row, PartnerSettings(redeems_inbound=True), by=ada, version=0)


@pytest.mark.rule("CTA-8", "T17", "AUD-1")
def test_only_security_and_global_administrators_order_it(
    fabrikam: Tenant, row: OrganizationAccess
) -> None:
    security = MemberFactory(tenant=fabrikam, roles=(Role.SECURITY_ADMINISTRATOR,))
    reader = MemberFactory(tenant=fabrikam, roles=(Role.GLOBAL_READER,))
    assert organization_settings.save_organization_order(row, WITHOUT_ENTRA, by=security, version=0)
    row.refresh_from_db()
    with pytest.raises(NotAllowed):
        organization_settings.save_organization_order(row, None, by=reader, version=1)
    page = read_page(signed_in(reader).get(PAGE))
    fieldsets = [one for one in page.find_all("group") if one.node.tag == "fieldset"]
    assert [one.is_disabled for one in fieldsets] == [True] * 3
    assert signed_in(reader).post(PAGE, form(ALL, BOTH)).status_code == 403
    failed = AuditEvent.unscoped.filter(result="failure")
    assert failed.filter(activity="Update a partner cross-tenant access setting").count() == 2


@pytest.mark.rule("CTA-1")
def test_an_organization_without_settings_has_no_such_page(ada: User) -> None:
    assert signed_in(ada).get(PAGE).status_code == 404


@pytest.mark.rule("HRD-6", "CTA-1")
def test_the_number_of_queries_does_not_grow_with_organizations(
    ada: User, fabrikam: Tenant
) -> None:
    guests = [GuestFactory(tenant=fabrikam, address=f"a@partner{n}.com") for n in range(5)]
    with CaptureQueriesContext(connection) as without:
        expected_methods_of(fabrikam, guests)
    for number in range(5):
        other = add_partner(fabrikam, f"partner{number}.com", by=ada)
        organization_settings.save_organization_order(other, WITHOUT_ENTRA, by=ada, version=0)
    with CaptureQueriesContext(connection) as with_orders:
        expected_methods_of(fabrikam, guests)
    assert len(with_orders) == len(without)
