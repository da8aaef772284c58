"""The tab Redemption order: move, switch, save, reset (CTA-3 to CTA-6, T16)."""

from __future__ import annotations

from typing import Any

import pytest

from guests.models import User
from identityproviders.discovery.decide import Method, Primary
from identityproviders.discovery.queries import expected_methods_of, redemption_order
from identityproviders.discovery.redemption_order import (
    DEFAULT,
    NoFallback,
    OrderDraft,
    save_order,
    stored_order,
)
from identityproviders.models import PasscodePolicy, RedemptionOrder
from portal.audit.models import AuditEvent
from portal.errors import ChangedMeanwhile, NotAllowed, NotConfirmed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory, PasscodeGuestFactory
from tests.support.invitations import NICOLE, Invite, signed_in
from tests.support.page import read_page, words

pytestmark = pytest.mark.django_db

PAGE = "/external-identities/cross-tenant-access-settings/redemption-order/"
ORG, FED, SOCIAL = Primary
ALL = ["azureActiveDirectory", "externalFederation", "socialIdentityProviders"]
BOTH = ["microsoftAccount", "emailOneTimePasscode"]


def form(order: list[str], enabled: list[str], **values: str) -> dict[str, Any]:
    return {"primary": order, "enabled": enabled, "version": "0", **values}


def places(response: Any) -> list[str]:
    return read_page(response).values("primary")


@pytest.fixture
def passcode_on(fabrikam: Tenant) -> None:
    PasscodePolicy.objects.create(tenant=fabrikam, stored="enabled")


@pytest.mark.rule("T16", "CTA-3")
def test_a_new_tenant_shows_the_default_order_with_everything_on(ada: User) -> None:
    page = signed_in(ada).get(PAGE)
    assert places(page) == ALL
    assert page.content.decode().count(" checked") == 5
    assert "Not saved yet." not in words(page)


@pytest.mark.rule("CTA-3", "T16", "T23")
def test_buttons_move_a_provider_and_save_stores_the_order(ada: User, fabrikam: Tenant) -> None:
    browser = signed_in(ada)
    page = browser.post(PAGE, form(ALL, ALL + BOTH, move="up:externalFederation"))
    assert places(page) == ["externalFederation", "azureActiveDirectory", ALL[2]]
    assert "Not saved yet." in words(page)
    assert not RedemptionOrder.objects.exists()
    assert browser.post(PAGE, form(places(page), ALL + BOTH, save=""))["Location"] == PAGE
    assert redemption_order(fabrikam).primary == (FED, ORG, SOCIAL)
    event = AuditEvent.unscoped.get(activity="Update the cross-tenant access default setting")
    assert event.modified_properties[0]["new"][0] == "externalFederation"
    assert event.modified_properties[0]["old"] == ALL


@pytest.mark.rule("CTA-3")
@pytest.mark.parametrize(
    "move", ["up:azureActiveDirectory", "down:socialIdentityProviders", "up:x", "", "left:x"]
)
def test_moves_that_lead_nowhere_leave_the_order(ada: User, move: str) -> None:
    page = signed_in(ada).post(PAGE, form(ALL, ALL + BOTH, move=move))
    assert (page.status_code, places(page)) == (200, ALL)


@pytest.mark.rule("CTA-4", "HRD-4")
def test_all_primaries_may_be_off_and_keep_their_places(
    ada: User, fabrikam: Tenant, passcode_on: None
) -> None:
    browser = signed_in(ada)
    order = [ALL[2], ALL[0], ALL[1]]
    browser.post(PAGE, form(order, BOTH, save=""))
    assert redemption_order(fabrikam).primary == ()
    assert places(browser.get(PAGE)) == order


@pytest.mark.rule("CTA-5", "T16")
@pytest.mark.parametrize("stored", ["enabled", "disabled"])
def test_one_fallback_that_works_must_stay(ada: User, fabrikam: Tenant, stored: str) -> None:
    PasscodePolicy.objects.create(tenant=fabrikam, stored=stored)
    values: dict[str, Any] = {"by": ada, "version": 0}
    nothing = OrderDraft(microsoft_account_fallback=False, passcode_fallback=False)
    with pytest.raises(NoFallback):
        save_order(fabrikam, nothing, **values)
    without_msa = OrderDraft(microsoft_account_fallback=False)
    if stored == "disabled":
        with pytest.raises(NoFallback, match="Turn that on first"):
            save_order(fabrikam, without_msa, **values)
    else:
        assert save_order(fabrikam, without_msa, **values)
    without_passcode = OrderDraft(passcode_fallback=False)
    version = stored_order(fabrikam)[1]
    assert save_order(fabrikam, without_passcode, by=ada, version=version)


@pytest.mark.rule("OTC-11", "CTA-5")
def test_the_passcode_cannot_go_while_it_is_the_last_fallback(
    ada: User, fabrikam: Tenant, passcode_on: None
) -> None:
    draft = OrderDraft(microsoft_account_fallback=False)
    save_order(fabrikam, draft, by=ada, version=0)
    pane = "/external-identities/identity-providers/email-one-time-passcode/"
    page = signed_in(ada).post(pane, {"choice": "disable", "version": "0", "acknowledged": "0"})
    assert page.status_code == 409
    assert "personal accounts in the redemption order first" in words(page)


@pytest.mark.rule("CTA-6", "BET-2", "CTA-5")
def test_who_loses_is_shown_and_must_be_confirmed(
    ada: User, fabrikam: Tenant, contoso: Tenant, invite: Invite, passcode_on: None
) -> None:
    invite("nobody@contoso.com", is_mail_wanted=False, display_name="Noah Body")
    accepted = PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    browser = signed_in(ada)
    data = form(ALL, [*ALL, "microsoftAccount"])
    page = browser.post(PAGE, data | {"preview": "yes"})
    assert "1 guest will not be able to sign in." in words(page)
    [url] = [one for one in read_page(page).addresses if "effect=lose" in one]
    assert "Noah Body" in words(browser.get(url))
    assert browser.post(PAGE, data | {"save": "", "seen": "1"}).status_code == 400
    assert stored_order(fabrikam) == (DEFAULT, 0)
    draft = OrderDraft(passcode_fallback=False)
    with pytest.raises(NotConfirmed):
        save_order(fabrikam, draft, by=ada, version=0, acknowledged=7)
    assert browser.post(PAGE, data | {"save": "", "acknowledged": "1"}).status_code == 302
    assert expected_methods_of(fabrikam, [accepted])[accepted.pk].method is Method.PASSCODE
    events = AuditEvent.unscoped.filter(activity="Update the cross-tenant access default setting")
    assert events.get(result="success").additional_details == {"GuestsLosingSignIn": 1}


@pytest.mark.rule("CTA-3", "T23")
def test_reset_brings_the_default_back(ada: User, fabrikam: Tenant) -> None:
    draft = DEFAULT.moved(FED, -1)
    assert save_order(fabrikam, draft, by=ada, version=0) is True
    assert save_order(fabrikam, draft, by=ada, version=1) is False
    saved = AuditEvent.unscoped.filter(activity="Update the cross-tenant access default setting")
    assert saved.count() == 1
    answer = signed_in(ada).post(PAGE, form(ALL, [], version="1", reset="yes"))
    assert answer.status_code == 302
    assert stored_order(fabrikam)[0] == DEFAULT
    last = AuditEvent.unscoped.order_by("created_at").last()
    assert last is not None
    assert last.activity == "Reset the cross-tenant access default setting"


@pytest.mark.rule("CTA-3")
def test_two_administrators_do_not_overwrite_each_other(ada: User, fabrikam: Tenant) -> None:
    save_order(fabrikam, DEFAULT.moved(FED, -1), by=ada, version=0)
    with pytest.raises(ChangedMeanwhile):
        save_order(fabrikam, DEFAULT.moved(SOCIAL, -1), by=ada, version=0)
    page = signed_in(ada).post(PAGE, form(ALL, ALL + BOTH, save=""))
    assert page.status_code == 409
    assert places(page)[0] == "externalFederation"


@pytest.mark.rule("CTA-8", "T17")
def test_only_security_and_global_administrators_order_it(fabrikam: Tenant) -> None:
    security = MemberFactory(tenant=fabrikam, roles=(Role.SECURITY_ADMINISTRATOR,))
    reader = MemberFactory(tenant=fabrikam, roles=(Role.GLOBAL_READER,))
    assert save_order(fabrikam, DEFAULT.moved(FED, -1), by=security, version=0)
    with pytest.raises(NotAllowed):
        save_order(fabrikam, DEFAULT, by=reader, version=1)
    assert signed_in(reader).get(PAGE).content.decode().count("<fieldset") == 2


@pytest.mark.rule("EX-26", "HRD-4", "CTA-6")
def test_the_order_decides_for_pending_guests_only(
    ada: User, fabrikam: Tenant, contoso: Tenant
) -> None:
    olga = MemberFactory(tenant=contoso, email="olga@contoso.com")
    pending = GuestFactory(tenant=fabrikam, address="olga@contoso.com")
    PasscodePolicy.objects.create(tenant=fabrikam, stored="enabled")
    assert expected_methods_of(fabrikam, [pending])[pending.pk].method is Method.ORGANIZATION
    off = OrderDraft(primary=((ORG, False), (FED, True), (SOCIAL, True)))
    save_order(fabrikam, off, by=ada, version=0)
    assert expected_methods_of(fabrikam, [pending])[pending.pk].method is Method.PASSCODE
    accepted = GuestFactory(
        tenant=fabrikam,
        address="other@contoso.com",
        accepted_with="ExternalAzureAD",
        provider_key=str(contoso.pk),
        subject=str(olga.pk),
    )
    assert expected_methods_of(fabrikam, [accepted])[accepted.pk].method is Method.ORGANIZATION
