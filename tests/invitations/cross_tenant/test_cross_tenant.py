"""Cross-tenant access: defaults, organizations, what they do to guests (CTA-1, CTA-2, CTA-8)."""

from __future__ import annotations

from typing import Any

import pytest

from guests.models import Issuer, User
from identityproviders.models import SignInTransaction
from identityproviders.sign_in.actions import advance_sign_in
from invitations.cross_tenant import organization_settings
from invitations.cross_tenant.actions import (
    add_partner,
    save_defaults,
    update_partner,
)
from invitations.cross_tenant.organization_settings import PartnerGone
from invitations.cross_tenant.queries import PartnerSettings
from invitations.inviting import checks
from invitations.inviting.checks import DomainRefused
from invitations.models import Invitation, OrganizationAccess
from portal.audit.models import AuditEvent, SignInEvent
from portal.errors import ChangedMeanwhile, InvalidInput, NotAllowed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import (
    PASSWORD,
    AdministratorFactory,
    DomainFactory,
    GuestFactory,
    MemberFactory,
    PasscodeGuestFactory,
)
from tests.support.cross_tenant import about
from tests.support.invitations import NICOLE, TARGET, Invite, proven, signed_in
from tests.support.inviting import invite_guest
from tests.support.page import words
from tests.support.redemption_at_home import opened

pytestmark = pytest.mark.django_db

PAGE = "/external-identities/cross-tenant-access-settings/"
OLGA = "olga@contoso.com"
BLOCKED = PartnerSettings(is_inbound_allowed=False)


@pytest.fixture
def olga(contoso: Tenant) -> User:
    return MemberFactory(tenant=contoso, email=OLGA, display_name="Olga Orlova")


def activities() -> list[str]:
    rows = AuditEvent.unscoped.filter(category="CrossTenantAccessSettings")
    return list(rows.order_by("created_at").values_list("activity", flat=True))


@pytest.mark.rule("CTA-1", "T23")
def test_organizations_are_added_by_domain_or_tenant_id_once(
    ada: User, fabrikam: Tenant, contoso: Tenant
) -> None:
    DomainFactory(tenant=contoso, name="contoso.net")
    browser = signed_in(ada)
    answer = browser.post(f"{PAGE}organizations/add/", {"organization": str(contoso.pk)})
    assert answer["Location"] == f"{PAGE}organizations/contoso.com/"
    for again in ("contoso.com", "Contoso.NET", str(contoso.pk)):
        page = browser.post(f"{PAGE}organizations/add/", {"organization": again})
        assert page.status_code == 400
        assert "settings of its own already" in words(page)
    browser.post(f"{PAGE}organizations/add/", {"organization": "Bücher.example"})
    rows = OrganizationAccess.objects.of(fabrikam)
    assert set(rows.values_list("domain", "organization")) == {
        ("contoso.com", contoso.pk),
        ("xn--bcher-kva.example", None),
    }
    assert activities() == ["Add a partner to cross-tenant access setting"] * 2


@pytest.mark.rule("CTA-1", "RED-4")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fabrikam.com", "your own organization"),
        ("00000000-0000-4000-8000-000000000000", "couldn’t find"),
        ("00000000-0000-0000-0000-000000000000", "couldn’t find"),
        ("nothing like it", "Enter a domain"),
    ],
)
def test_what_is_no_other_organization_is_refused(
    ada: User, fabrikam: Tenant, text: str, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        add_partner(fabrikam, text, by=ada)


@pytest.mark.rule("CTA-2", "CTA-1", "T18", "COL-14")
def test_blocked_inbound_holds_for_every_domain_of_the_organization(
    ada: User, fabrikam: Tenant, contoso: Tenant
) -> None:
    DomainFactory(tenant=contoso, name="contoso.net")
    about(fabrikam, str(contoso.pk), BLOCKED, ada)
    for address in ("a@contoso.com", "a@contoso.net", "a@contoso.onmicrosoft.com"):
        with pytest.raises(DomainRefused, match="cross-tenant"):
            invite_guest(fabrikam, by=ada, address=address, redirect_url=TARGET)
    invite_guest(fabrikam, by=ada, address=NICOLE, redirect_url=TARGET)


@pytest.mark.rule("CTA-1", "CTA-2", "T23")
def test_a_blocked_default_spares_organizations_that_are_allowed(
    ada: User, fabrikam: Tenant, contoso: Tenant
) -> None:
    about(fabrikam, "contoso.com", PartnerSettings(is_inbound_allowed=True), ada)
    browser = signed_in(ada)
    data = {"inbound": "block", "outbound": "allow", "version": "0"}
    assert browser.post(f"{PAGE}defaults/", data).status_code == 302
    invite_guest(fabrikam, by=ada, address=OLGA, redirect_url=TARGET)
    with pytest.raises(DomainRefused, match="cross-tenant"):
        invite_guest(fabrikam, by=ada, address=NICOLE, redirect_url=TARGET)
    assert activities()[-1] == "Update the cross-tenant access default setting"


@pytest.mark.rule("BET-2", "CTA-2")
def test_who_loses_access_is_shown_and_must_be_confirmed(ada: User, fabrikam: Tenant) -> None:
    PasscodeGuestFactory(tenant=fabrikam, address=NICOLE, display_name="Nicole Wagner")
    browser = signed_in(ada)
    data = {"inbound": "block", "outbound": "allow", "version": "0"}
    page = browser.post(f"{PAGE}defaults/", data)
    assert "1 guest who accepted can no longer sign in." in words(page)
    assert "Nicole Wagner" in words(page)
    assert checks.policy_of(fabrikam).is_inbound_allowed
    assert browser.post(f"{PAGE}defaults/", data | {"confirmed": "1-0"}).status_code == 302
    assert not checks.policy_of(fabrikam).is_inbound_allowed
    late = browser.post(f"{PAGE}defaults/", data | {"confirmed": "1-0"})
    assert late.status_code == 409


@pytest.mark.rule("CTA-2", "LOG-1", "SIN-6")
def test_a_guest_of_a_blocked_domain_is_refused_with_500213(ada: User, fabrikam: Tenant) -> None:
    guest = PasscodeGuestFactory(tenant=fabrikam, address=NICOLE)
    about(fabrikam, "firstupconsultants.com", BLOCKED, ada)
    browser = signed_in(ada)
    request = browser.get("/signin/").wsgi_request
    txn = _proven_at(fabrikam, guest)
    assert advance_sign_in(request, txn) == "/signin/not-possible/"
    assert txn.error_code == 500213
    assert SignInEvent.unscoped.filter(error_code=500213, tenant=fabrikam).exists()


@pytest.mark.rule("CTA-2")
def test_a_guest_whose_home_blocks_outbound_is_refused_with_500212(
    invite: Invite, olga: User, fabrikam: Tenant, contoso: Tenant
) -> None:
    invitation = invite(OLGA, is_mail_wanted=False).invitation
    about(
        contoso,
        "fabrikam.com",
        PartnerSettings(is_outbound_allowed=False),
        AdministratorFactory(tenant=contoso),
    )
    browser = opened(invitation)
    browser.post("/redeem/")
    answer = browser.post("/signin/password/", {"password": PASSWORD})
    assert answer["Location"] == "/signin/not-possible/"
    page = browser.get(answer["Location"])
    assert "500212" in words(page)
    assert "Your own organization doesn’t let" in words(page)
    assert User.unscoped.get(pk=invitation.user_id).is_pending


@pytest.mark.rule("CTA-2", "CTA-1")
def test_outbound_blocked_for_all_spares_an_allowed_host(
    invite: Invite, olga: User, fabrikam: Tenant, contoso: Tenant
) -> None:
    grace = AdministratorFactory(tenant=contoso)
    save_defaults(contoso, by=grace, is_inbound_allowed=True, is_outbound_allowed=False, version=0)
    about(contoso, str(fabrikam.pk), PartnerSettings(is_outbound_allowed=True), grace)
    browser = opened(invite(OLGA, is_mail_wanted=False).invitation)
    browser.post("/redeem/")
    answer = browser.post("/signin/password/", {"password": PASSWORD})
    assert answer["Location"] == "/consent/"


@pytest.mark.rule("CTA-1", "T23", "DIR-1")
def test_deleting_lets_the_default_hold_and_touches_no_other_tenant(
    ada: User, fabrikam: Tenant, contoso: Tenant
) -> None:
    row = about(fabrikam, "partner.example", BLOCKED, ada)
    OrganizationAccess.objects.create(tenant=contoso, domain="secret.example")
    browser = signed_in(ada)
    assert browser.get(f"{PAGE}organizations/secret.example/").status_code == 404
    assert browser.post(f"{PAGE}organizations/secret.example/delete/").status_code == 404
    url = f"{PAGE}organizations/partner.example/delete/"
    assert "Delete the settings of partner.example?" in words(browser.get(url))
    assert browser.post(url, {"confirmed": "0-0"})["Location"] == PAGE
    assert activities()[-1] == "Delete partner specific cross-tenant access setting"
    with pytest.raises(PartnerGone):
        organization_settings.delete_partner(row, by=ada, confirmed="0-0")
    assert OrganizationAccess.objects.of(contoso).exists()


@pytest.mark.rule("CTA-1")
def test_two_administrators_do_not_overwrite_each_other(ada: User, fabrikam: Tenant) -> None:
    row = about(fabrikam, "partner.example", BLOCKED, ada)
    with pytest.raises(ChangedMeanwhile):
        update_partner(row, PartnerSettings(), by=ada, version=0)


@pytest.mark.rule("CTA-8", "T17", "AUD-1")
def test_only_security_and_global_administrators_change_them(fabrikam: Tenant) -> None:
    security = MemberFactory(tenant=fabrikam, roles=(Role.SECURITY_ADMINISTRATOR,))
    reader = MemberFactory(tenant=fabrikam, roles=(Role.GLOBAL_READER,))
    about(fabrikam, "partner.example", BLOCKED, security)
    browser = signed_in(reader)
    page = browser.get(f"{PAGE}organizations/partner.example/")
    assert "Needs one of these roles: Global Administrator, Security Administrator." in words(page)
    with pytest.raises(NotAllowed):
        add_partner(fabrikam, "other.example", by=reader)
    assert AuditEvent.unscoped.filter(result="failure", actor_id=reader.pk).exists()


@pytest.mark.rule("CTA-2", "T20")
def test_an_accepted_organization_guest_is_stopped_by_the_hosts_inbound_block(
    ada: User, olga: User, fabrikam: Tenant, contoso: Tenant
) -> None:
    guest = GuestFactory(
        tenant=fabrikam,
        address=OLGA,
        accepted_with=Issuer.EXTERNAL_TENANT,
        provider_key=str(contoso.pk),
        subject=str(olga.pk),
    )
    about(fabrikam, str(contoso.pk), BLOCKED, ada)
    browser = signed_in(ada)
    request = browser.get("/signin/").wsgi_request
    values = {"proven_issuer": Issuer.EXTERNAL_TENANT, "proven_subject": str(olga.pk)}
    values |= {"proven_provider_key": str(contoso.pk), "method": "organization"}
    txn = _proven_at(fabrikam, guest, home_user=olga, home_tenant=contoso, **values)
    assert advance_sign_in(request, txn) == "/signin/not-possible/"
    assert txn.error_code == 500213


def _proven_at(tenant: Tenant, guest: User, **values: Any) -> SignInTransaction:
    """A sign-in of an accepted guest that was proven a moment ago."""
    invitation = Invitation(tenant=tenant, user=guest)
    return proven(invitation, invitation_id=None, **values)
