"""Custom OpenID Connect providers: the pane, discovery, keys, claims (IDP-18 to IDP-20)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from guests.models import User
from identityproviders.discovery.queries import expected_method
from identityproviders.models import Federation, OpenIDClient
from identityproviders.providers.openid.actions import DEFAULT_CLAIMS
from portal.audit.models import AuditEvent
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.values import email_address
from tests.factories import MemberFactory
from tests.support.page import markup, read_page, words
from tests.support.web_server import WebServer, running

pytestmark = pytest.mark.django_db

NEW = reverse("identityproviders:new_openid")
SECRET = "a-client-secret-of-theirs"
METHODS = ["client_secret_post", "client_secret_jwt", "private_key_jwt"]


class Provider:
    """An OpenID provider's web server: its discovery document, and the form that fits it."""

    def __init__(self, server: WebServer) -> None:
        self.server = server
        self.issuer = server.url("/tenant")
        self.publish()

    def publish(self, **changed: Any) -> None:
        """Serve the discovery document; a member given as None is left out."""
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "token_endpoint_auth_methods_supported": METHODS,
            "response_types_supported": ["code", "id_token"],
            "subject_types_supported": ["public"],
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256"],
            **changed,
        }
        kept = {name: value for name, value in document.items() if value is not None}
        self.server.serve("/tenant/.well-known/openid-configuration", json.dumps(kept).encode())

    @property
    def form(self) -> dict[str, str]:
        """What an administrator types."""
        return {
            "display_name": "Adatum accounts",
            "domain": "adatum.com",
            "well_known_url": f"{self.issuer}/.well-known/openid-configuration",
            "issuer": self.issuer,
            "client_id": "foyer",
            "authentication": "client_secret_post",
            "client_secret": SECRET,
            "scope": "openid email",
            **{f"claim_{name}": claim for name, claim in DEFAULT_CLAIMS.items()},
            "go": "save",
        }


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    """A provider on the loopback that the operator excepted; domains need no proof here."""
    settings.PORTAL_FETCH_NETWORKS = ["127.0.0.1/32"]
    settings.PORTAL_FEDERATION_DNS_PROOF = False
    with running(WebServer()) as server:
        yield Provider(server)


def saved(client: Client, provider: Provider, **values: str) -> Federation:
    """The provider after a successful save."""
    answer: Any = client.post(NEW, {**provider.form, **values})
    assert answer.status_code == 302, words(answer)
    row: Federation = Federation.unscoped.select_related("tenant").get(protocol="oidc")
    return row


def client_of(row: Federation) -> OpenIDClient:
    found: OpenIDClient = OpenIDClient.objects.of(row.tenant).get(federation=row)
    return found


def pane(row: Federation) -> str:
    return reverse("identityproviders:federation", args=[row.pk])


def errors(page: Any, field: str) -> str:
    return read_page(page).error_at(field)


@pytest.mark.rule("IDP-18", "T23", "IDP-4")
def test_a_provider_is_saved_with_its_client_and_serves_its_domain(
    admin: Client, contoso: Tenant, provider: Provider
) -> None:
    row = saved(admin, provider)
    client = client_of(row)
    decision = expected_method(contoso, email_address.parse_email_address("ada@adatum.com"))
    event = AuditEvent.objects.of(contoso).get(activity="Create identity provider")
    page = markup(admin.get(pane(row)))
    assert (decision.row, decision.label) == ("D3", "Adatum accounts")
    assert (client.client_secret, client.scope) == (SECRET, "openid email")
    assert client.claims == dict(DEFAULT_CLAIMS)
    assert SECRET not in str(event.modified_properties) + str(event.additional_details) + page
    assert "•" * 16 in page
    assert f"/{contoso.pk}/oidc/{row.pk}/callback/" in page


@pytest.mark.rule("IDP-18")
def test_client_secret_basic_is_not_offered_and_code_is_the_only_response_type(
    admin: Client, provider: Provider
) -> None:
    page = admin.get(NEW)
    assert read_page(page).values("authentication") == METHODS
    assert "client_secret_basic" not in markup(page)
    basic = admin.post(NEW, {**provider.form, "authentication": "client_secret_basic"})
    assert basic.status_code == 400


@pytest.mark.rule("IDP-18", "SEC-98")
def test_private_key_jwt_makes_a_key_pair_and_shows_the_public_half(
    admin: Client, contoso: Tenant, provider: Provider
) -> None:
    row = saved(admin, provider, authentication="private_key_jwt", client_secret="")
    client = client_of(row)
    page = markup(admin.get(pane(row)))
    [shown] = read_page(page).find_all("code", containing='"keys"')
    key = json.loads(shown.text)["keys"][0]
    assert client.client_secret == ""
    assert client.private_key.startswith("-----BEGIN")
    assert key["kty"] == "RSA"
    assert set(key) >= {"n", "e", "kid", "use", "alg"}
    assert "d" not in key
    before = str(client.private_key)
    answer = admin.post(
        pane(row),
        {**provider.form, "authentication": "private_key_jwt", "version": "0"},
    )
    assert answer.status_code == 302
    assert client_of(row).private_key == before


@pytest.mark.rule("IDP-4", "IDP-18")
def test_editing_keeps_the_secret_until_another_is_typed(
    admin: Client, contoso: Tenant, provider: Provider
) -> None:
    row = saved(admin, provider)
    kept = {**provider.form, "client_secret": "", "display_name": "New", "version": "0"}
    admin.post(pane(row), kept)
    row.refresh_from_db()
    assert (row.display_name, row.version) == ("New", 1)
    assert client_of(row).client_secret == SECRET
    admin.post(pane(row), {**kept, "client_secret": "another one", "version": "1"})
    assert client_of(row).client_secret == "another one"
    stale = admin.post(pane(row), {**kept, "version": "1"})
    assert stale.status_code == 409
    assert 'name="version" value="2"' in stale.content.decode()
    wrong = admin.post(pane(row), {**kept, "display_name": "", "version": "1"})
    assert wrong.status_code == 400
    assert 'name="version" value="1"' in wrong.content.decode()


@pytest.mark.rule("IDP-19")
@pytest.mark.parametrize(
    ("changed", "field", "expected_words"),
    [
        ({"issuer": "https://other.example/"}, "issuer", "other.example"),
        ({"issuer": None}, "well_known_url", "issuer"),
        ({"authorization_endpoint": None}, "well_known_url", "authorization_endpoint"),
        ({"token_endpoint": None}, "well_known_url", "token_endpoint"),
        (
            {"token_endpoint_auth_methods_supported": None},
            "well_known_url",
            "token_endpoint_auth_methods_supported",
        ),
        ({"response_types_supported": None}, "well_known_url", "response_types_supported"),
        ({"subject_types_supported": None}, "well_known_url", "subject_types_supported"),
        ({"jwks_uri": None}, "well_known_url", "jwks_uri"),
        ({"jwks_uri": "http://evil.example/"}, "well_known_url", "jwks_uri"),
        ({"response_types_supported": ["token"]}, "well_known_url", "code"),
        (
            {"id_token_signing_alg_values_supported": ["HS256"]},
            "well_known_url",
            "none of RS256",
        ),
        (
            {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
            "authentication",
            "client_secret_post",
        ),
    ],
)
def test_a_discovery_document_that_does_not_fit_is_refused_at_the_field(
    admin: Client, provider: Provider, changed: dict[str, Any], field: str, expected_words: str
) -> None:
    provider.publish(**changed)
    page = admin.post(NEW, provider.form)
    assert page.status_code == 400
    assert expected_words in errors(page, field)
    assert not Federation.unscoped.exists()


@pytest.mark.rule("IDP-19", "SEC-90")
@pytest.mark.parametrize(
    ("address", "expected_words", "reason"),
    [
        ("{issuer}/nothing", "no discovery document", "bad_answer"),
        ("https://127.0.0.9/.well-known/openid-configuration", "may not call", "address_refused"),
        ("http://metadata.example/", "begins with https://", ""),
    ],
)
def test_an_address_without_a_document_says_so_and_the_reason_is_logged(
    admin: Client,
    provider: Provider,
    caplog: pytest.LogCaptureFixture,
    address: str,
    expected_words: str,
    reason: str,
) -> None:
    form = {**provider.form, "well_known_url": address.format(issuer=provider.issuer)}
    page = admin.post(NEW, form)
    assert expected_words in errors(page, "well_known_url")
    logged = [str(record.msg) for record in caplog.records if "metadata_problem" in str(record.msg)]
    assert reason in str(logged)


@pytest.mark.rule("IDP-18", "IDP-19")
@pytest.mark.parametrize(
    ("field", "typed", "expected_words"),
    [
        ("display_name", "", "Enter a name"),
        ("domain", "outlook.com", "public mail domain"),
        ("issuer", "https://accounts.example/?a=b", "no ? and no #"),
        ("issuer", "http://accounts.example/", "begins with https://"),
        ("issuer", "urn:accounts", "begins with https://"),
        ("client_id", "", "Enter the client ID"),
        ("client_secret", "", "Enter the client secret"),
        ("scope", "profile email", "must contain openid"),
        ("scope", 'openid "x"', "spaces between"),
        ("claim_sub", "", "needed to sign people in"),
        ("claim_email", "", "needed to sign people in"),
        ("claim_name", "full name", "without spaces"),
    ],
)
def test_a_wrong_field_is_refused_at_the_field(
    admin: Client, provider: Provider, field: str, typed: str, expected_words: str
) -> None:
    page = admin.post(NEW, {**provider.form, field: typed})
    assert page.status_code == 400
    assert expected_words in errors(page, field)
    assert not Federation.unscoped.exists()


@pytest.mark.rule("IDP-19")
def test_the_issuer_is_compared_letter_by_letter(admin: Client, provider: Provider) -> None:
    page = admin.post(NEW, {**provider.form, "issuer": provider.issuer.replace("tenant", "Tenant")})
    assert page.status_code == 400
    assert errors(page, "issuer")


@pytest.mark.rule("IDP-18")
def test_claims_are_mapped_and_shown_again(admin: Client, provider: Provider) -> None:
    row = saved(admin, provider, claim_email="upn", claim_phone_number="")
    assert client_of(row).claims["email"] == "upn"
    assert client_of(row).claims["phone_number"] == ""
    assert read_page(admin.get(pane(row))).field("claim_email").value == "upn"


@pytest.mark.rule("T17")
def test_readers_see_no_secret_and_change_nothing(
    client: Client, grace: User, contoso: Tenant, provider: Provider
) -> None:
    client.force_login(grace)
    row = saved(client, provider)
    client.force_login(MemberFactory(tenant=contoso, roles=[Role.GLOBAL_READER]))
    assert SECRET not in markup(client.get(pane(row)))
    assert client.post(pane(row), {**provider.form, "version": "0"}).status_code == 403
