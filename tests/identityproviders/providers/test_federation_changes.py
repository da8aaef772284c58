"""SAML and WS-Fed providers that are there: edit, domains, delete (IDP-10 to IDP-17)."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from identityproviders.discovery.queries import expected_methods_of
from identityproviders.models import Federation, FederationDomain
from identityproviders.providers.federations.actions import delete_federation
from portal.errors import NotAllowed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory
from tests.support.federation_pane import events, pane, post, url
from tests.support.name_server import NameServer
from tests.support.page import markup, words
from tests.support.partner import certificate

pytestmark = pytest.mark.django_db


# Edit


@pytest.mark.rule("IDP-10", "T23")
def test_saving_other_settings_writes_what_changed(
    admin: Client, contoso: Tenant, partner: Federation
) -> None:
    new = certificate(name="Next")
    answer = post(admin, pane(partner), version="0", certificate=new, issuer=partner.issuer)
    partner.refresh_from_db()
    changed = {c["name"] for c in events(contoso, "Update")[0].modified_properties}
    assert answer.status_code == 302
    assert (partner.display_name, partner.version) == ("Fabrikam sign-in", 1)
    assert partner.certificates == new
    assert changed >= {"DisplayName", "PassiveSignInUri", "Certificates"}
    assert partner.protocol == "saml"


@pytest.mark.rule("IDP-15")
def test_two_editors_notice_each_other(admin: Client, partner: Federation) -> None:
    post(admin, pane(partner), version="0", issuer=partner.issuer)
    page = post(admin, pane(partner), version="0", display_name="Mine", issuer=partner.issuer)
    partner.refresh_from_db()
    assert page.status_code == 409
    assert "Somebody else changed this provider meanwhile." in markup(page)
    assert partner.display_name == "Fabrikam sign-in"
    assert 'value="Mine"' not in page.content.decode()
    assert 'name="version" value="1"' in page.content.decode()


@pytest.mark.rule("IDP-15")
def test_an_old_page_stays_old_after_an_error_at_a_field(
    admin: Client, partner: Federation
) -> None:
    post(admin, pane(partner), version="0", issuer=partner.issuer)
    page = post(admin, pane(partner), version="0", display_name="", issuer=partner.issuer)
    assert page.status_code == 400
    assert 'name="version" value="0"' in page.content.decode()


@pytest.mark.rule("IDP-12")
def test_a_new_endpoint_needs_the_proof_of_every_domain(
    admin: Client, contoso: Tenant, partner: Federation, names: NameServer
) -> None:
    FederationDomain.objects.create(tenant=contoso, federation=partner, name="fabrikam.net")
    endpoint = "https://signin.fabrikam.net/sso"
    page = post(admin, pane(partner), version="0", issuer=partner.issuer, endpoint=endpoint)
    assert page.status_code == 400
    assert f"DirectFedAuthUrl={endpoint}" in markup(page)


@pytest.mark.rule("IDP-16")
def test_the_issuer_stays_while_guests_are_bound_to_it(
    admin: Client, contoso: Tenant, partner: Federation
) -> None:
    GuestFactory(tenant=contoso, accepted_with=partner.issuer)
    page = post(admin, pane(partner), version="0", issuer="urn:other")
    assert page.status_code == 400
    assert "1 guest accepted with the issuer as it was" in markup(page)


@pytest.mark.rule("IDP-13")
def test_the_pane_says_what_the_partner_sets_up(
    admin: Client, contoso: Tenant, partner: Federation, settings: Settings
) -> None:
    settings.PORTAL_BASE_URL = "https://portal.example.com"
    page = markup(admin.get(pane(partner)))
    for shown in (
        f"https://portal.example.com/{contoso.pk}/saml/{partner.pk}/acs/",
        f"https://portal.example.com/{contoso.pk}/",
        "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    ):
        assert f"<code>{shown}</code>" in page


@pytest.mark.rule("T17", "USR-12")
@pytest.mark.parametrize("role", [Role.SECURITY_ADMINISTRATOR, Role.GLOBAL_READER])
def test_readers_see_the_pane_disabled(
    client: Client, contoso: Tenant, partner: Federation, role: Role
) -> None:
    reader = MemberFactory(tenant=contoso, roles=[role])
    client.force_login(reader)
    page = markup(client.get(pane(partner)))
    assert page.count("<fieldset") - page.count('<fieldset class="field') == page.count(
        " disabled><legend"
    )
    assert "External Identity Provider Administrator" in page
    with pytest.raises(NotAllowed):
        delete_federation(partner, by=reader, acknowledged=0)


# Domains


@pytest.mark.rule("IDP-11")
def test_more_domains_are_added_and_removed_with_their_consequences(
    admin: Client, contoso: Tenant, partner: Federation, settings: Settings
) -> None:
    settings.PORTAL_FEDERATION_DNS_PROOF = False
    added = admin.post(url("add_domain", partner), {"domain": "EU.Fabrikam.org"})
    assert added["Location"] == f"{pane(partner)}#domains"
    assert partner.domains.count() == 2
    GuestFactory(
        tenant=contoso,
        address="bo@eu.fabrikam.org",
        accepted_with=partner.issuer,
        provider_key=str(partner.pk),
    )
    question = url("remove_domain", partner)
    page = admin.get(question, {"domain": "eu.fabrikam.org"})
    assert "1 guest will not be able to sign in." in words(page)
    refused = admin.post(question, {"domain": "eu.fabrikam.org", "acknowledged": "0"})
    assert refused.status_code == 409
    admin.post(question, {"domain": "eu.fabrikam.org", "acknowledged": "1"})
    assert [row.name for row in partner.domains.all()] == ["fabrikam.org"]
    assert len(events(contoso, "Update")) == 2


@pytest.mark.rule("IDP-16")
def test_the_last_domain_stays(admin: Client, contoso: Tenant, partner: Federation) -> None:
    page = admin.post(
        url("remove_domain", partner), {"domain": "fabrikam.org", "acknowledged": "0"}
    )
    assert "last domain" in markup(page)
    assert partner.domains.count() == 1
    unknown = admin.get(url("remove_domain", partner), {"domain": "nowhere.example"})
    assert unknown.status_code == 404


@pytest.mark.rule("IDP-12")
def test_a_domain_elsewhere_than_the_endpoint_needs_its_record(
    admin: Client, partner: Federation, names: NameServer
) -> None:
    page = admin.post(url("add_domain", partner), {"domain": "fabrikam.net"})
    assert page.status_code == 400
    assert f"<code>DirectFedAuthUrl={partner.endpoint}</code>" in markup(page)
    names.texts["fabrikam.net"] = [f"DirectFedAuthUrl={partner.endpoint}"]
    answer = admin.post(url("add_domain", partner), {"domain": "fabrikam.net"})
    assert answer.status_code == 302


# Delete


@pytest.mark.rule("IDP-16", "BET-25")
def test_one_delete_with_the_number_of_guests_who_lose_their_sign_in(
    admin: Client, contoso: Tenant, partner: Federation
) -> None:
    FederationDomain.objects.create(tenant=contoso, federation=partner, name="fabrikam.net")
    guest = GuestFactory(
        tenant=contoso,
        address="ada@fabrikam.org",
        accepted_with=partner.issuer,
        provider_key=str(partner.pk),
    )
    page = admin.get(url("delete_federation", partner))
    assert "1 guest will not be able to sign in." in words(page)
    assert admin.post(url("delete_federation", partner), {"acknowledged": ""}).status_code == 409
    admin.post(url("delete_federation", partner), {"acknowledged": "1"})
    assert not Federation.objects.of(contoso).exists()
    assert not FederationDomain.objects.of(contoso).exists()
    decision = expected_methods_of(contoso, [guest])[guest.pk]
    assert decision.row == "T20-7"
    event = events(contoso, "Delete")[0]
    assert event.additional_details == {"GuestsLosingSignIn": 1}


@pytest.mark.rule("IDP-17")
def test_adding_a_provider_changes_nothing_for_guests_who_accepted(
    admin: Client, contoso: Tenant
) -> None:
    guest = GuestFactory(tenant=contoso, address="ada@fabrikam.org", accepted_with="mail")
    post(admin)
    assert expected_methods_of(contoso, [guest])[guest.pk].row == "T20-1"


@pytest.mark.rule("SEC-79", "SEC-80")
def test_another_tenants_provider_does_not_exist(
    client: Client, fabrikam: Tenant, partner: Federation
) -> None:
    role = Role.GLOBAL_ADMINISTRATOR
    client.force_login(MemberFactory(tenant=fabrikam, roles=[role]))
    assert client.get(pane(partner)).status_code == 404
    assert client.post(url("delete_federation", partner)).status_code == 404


@pytest.mark.rule("IDP-9", "IDP-13")
def test_the_binding_of_requests_is_stored_shown_and_audited(
    admin: Client, contoso: Tenant, partner: Federation
) -> None:
    page = admin.get(pane(partner))
    assert 'name="binding"' in markup(page)
    changed = post(admin, pane(partner), version=str(partner.version), binding="post")
    assert changed.status_code == 302
    row = Federation.objects.of(contoso).get()
    assert row.binding == Federation.Binding.POST
    assert '<option value="post" selected>' in markup(admin.get(pane(partner)))
    [event] = events(contoso, "Update")
    assert "HTTP-POST" in str(event.modified_properties)
    assert post(admin, pane(partner), version=str(row.version), binding="telnet").status_code == 400
