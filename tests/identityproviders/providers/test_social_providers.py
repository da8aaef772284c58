"""Google and Facebook: the panes, their secrets, deleting them (IDP-4 to IDP-8)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from guests.models import User
from identityproviders.models import SocialProvider
from identityproviders.providers.social.actions import delete_social_provider, save_social_provider
from portal.audit.models import AuditEvent
from portal.errors import NotAllowed, NotConfirmed
from portal.permissions import Role
from portal.tenants.models import Tenant
from tests.factories import GuestFactory, MemberFactory
from tests.support.page import markup, read_page, words

pytestmark = pytest.mark.django_db

GOOGLE, FACEBOOK = reverse("identityproviders:google"), reverse("identityproviders:facebook")
DELETE_GOOGLE = reverse("identityproviders:delete_google")
SECRET = "GOCSPX-very-secret-value"
Kind = SocialProvider.Kind


@pytest.fixture
def google(contoso: Tenant, grace: User) -> SocialProvider:
    """Google, configured."""
    return save_social_provider(
        contoso, Kind.GOOGLE, by=grace, client_id="old-id", client_secret=SECRET
    )


def events(tenant: Tenant) -> list[AuditEvent]:
    return list(AuditEvent.objects.of(tenant).filter(category="ResourceManagement"))


def save(client: Client, url: str = GOOGLE, **values: str) -> Any:
    edition = " ".join(read_page(client.get(url)).values("edition"))
    data = {"client_id": "my-id", "client_secret": SECRET, "edition": edition}
    return client.post(url, data | values)


@pytest.mark.rule("IDP-5")
@pytest.mark.parametrize("edition", ["", "another"])
def test_who_saves_over_an_older_page_sees_what_holds_and_changes_nothing(
    admin: Client, contoso: Tenant, google: SocialProvider, edition: str
) -> None:
    answer = save(admin, edition=edition)
    assert answer.status_code == 409
    assert "Somebody else changed this provider meanwhile" in markup(answer)
    assert "old-id" in markup(answer)
    assert SocialProvider.objects.of(contoso).get().client_id == "old-id"
    wrong = save(admin, client_id="", edition=edition)
    assert (wrong.status_code, f'name="edition" value="{edition}"' in wrong.content.decode()) == (
        400,
        True,
    )
    assert save(admin, edition=google.edition).status_code == 302


@pytest.mark.rule("IDP-5")
def test_a_provider_set_up_anew_is_another_one_to_an_older_page(
    admin: Client, contoso: Tenant, google: SocialProvider, grace: User
) -> None:
    delete_social_provider(contoso, Kind.GOOGLE, by=grace, acknowledged=0)
    save_social_provider(contoso, Kind.GOOGLE, by=grace, client_id="newer", client_secret=SECRET)
    assert save(admin, edition=google.edition).status_code == 409
    assert SocialProvider.objects.of(contoso).get().client_id == "newer"


@pytest.mark.rule("IDP-5", "T11", "T23")
@pytest.mark.parametrize(("url", "kind"), [(GOOGLE, "google.com"), (FACEBOOK, "facebook.com")])
def test_client_id_and_secret_are_stored_and_the_row_says_configured(
    admin: Client, contoso: Tenant, url: str, kind: str
) -> None:
    answer = save(admin, url)
    row = SocialProvider.objects.of(contoso).get(kind=kind)
    event = events(contoso)[0]
    assert answer.url == reverse("identityproviders:providers")
    assert (row.client_id, row.client_secret) == ("my-id", SECRET)
    assert event.activity == "Create identity provider"
    assert event.logged_by_service == "B2C"
    assert SECRET not in str(event.modified_properties) + str(event.additional_details)


@pytest.mark.rule("IDP-4", "SEC-98")
def test_the_secret_is_dots_ever_after_and_an_empty_field_keeps_it(
    admin: Client, contoso: Tenant, google: SocialProvider
) -> None:
    page = markup(admin.get(GOOGLE))
    assert "•" * 16 in page
    assert "old-id" in page
    assert SECRET not in page
    save(admin, client_secret="")
    row = SocialProvider.objects.of(contoso).get()
    assert (row.client_id, row.client_secret) == ("my-id", SECRET)
    raw = SocialProvider.objects.of(contoso).values_list("client_secret", flat=True).get()
    assert SECRET not in repr(raw)
    changes = {c["name"]: (c["old"], c["new"]) for c in events(contoso)[0].modified_properties}
    assert changes == {"ClientId": ("old-id", "my-id")}


@pytest.mark.rule("IDP-5")
def test_both_fields_are_needed_and_errors_stand_at_them(admin: Client, contoso: Tenant) -> None:
    page = admin.post(GOOGLE, {"client_id": "", "client_secret": ""})
    assert page.status_code == 400
    assert "Enter the client ID." in markup(page)
    assert "Enter the client secret." in markup(page)
    page = save(admin, client_id="b\u00e4d id")
    assert "Enter the client ID as the provider shows it." in markup(page)
    assert SECRET not in markup(page)
    assert not SocialProvider.objects.of(contoso).exists()


@pytest.mark.rule("IDP-5")
def test_the_pane_lists_the_redirect_uris_to_register(
    admin: Client, contoso: Tenant, settings: Settings
) -> None:
    settings.PORTAL_BASE_URL = "https://portal.example.com"
    assert read_page(admin.get(GOOGLE)).names("code") == [
        f"https://portal.example.com/te/{contoso.pk}/oauth2/authresp",
        "https://portal.example.com/te/contoso.onmicrosoft.com/oauth2/authresp",
    ]


@pytest.mark.rule("IDP-7", "BET-2")
def test_deleting_google_asks_with_the_number_of_guests_and_a_link_to_them(
    admin: Client, contoso: Tenant, google: SocialProvider
) -> None:
    for number in range(2):
        GuestFactory(
            tenant=contoso,
            address=f"g{number}@gmail.com",
            accepted_with="google.com",
            provider_key="google.com",
        )
    GuestFactory(tenant=contoso, address="pending@gmail.com")
    page = markup(admin.get(DELETE_GOOGLE))
    assert "2 guests will not be able to sign in." in words(page)
    assert ">Yes<" in page
    assert ">No<" in page
    [link] = [one for one in read_page(page).find_all("link") if "effect=lose" in one.get("href")]
    assert "g0@gmail.com" in markup(admin.get(link.get("href")))
    assert admin.post(DELETE_GOOGLE, {"acknowledged": "1"}).status_code == 409
    assert SocialProvider.objects.of(contoso).exists()
    admin.post(DELETE_GOOGLE, {"acknowledged": "2"})
    assert not SocialProvider.objects.of(contoso).exists()
    event = events(contoso)[0]
    assert event.activity == "Delete identity provider"
    assert event.additional_details == {"GuestsLosingSignIn": 2}
    assert admin.get(DELETE_GOOGLE).status_code == 404


@pytest.mark.rule("IDP-8")
def test_deleting_facebook_counts_the_users_who_signed_up_with_it(
    admin: Client, contoso: Tenant, grace: User
) -> None:
    save_social_provider(contoso, Kind.FACEBOOK, by=grace, client_id="app", client_secret=SECRET)
    GuestFactory(tenant=contoso, accepted_with="facebook.com")
    page = words(admin.get(reverse("identityproviders:delete_facebook")))
    assert "1 guest will not be able to sign in." in page
    with pytest.raises(NotConfirmed):
        delete_social_provider(contoso, Kind.FACEBOOK, by=grace, acknowledged=0)
    assert delete_social_provider(contoso, Kind.FACEBOOK, by=grace, acknowledged=1) == 1


@pytest.mark.rule("T17", "AUD-1")
@pytest.mark.parametrize("role", [Role.SECURITY_ADMINISTRATOR, Role.GLOBAL_READER])
def test_readers_see_the_pane_disabled_and_change_nothing(
    client: Client, contoso: Tenant, google: SocialProvider, role: Role
) -> None:
    reader = MemberFactory(tenant=contoso, roles=[role])
    client.force_login(reader)
    page = markup(client.get(GOOGLE))
    assert '<fieldset class="form" disabled>' in page
    assert "External Identity Provider Administrator" in page
    assert save(client).status_code == 403
    with pytest.raises(NotAllowed):
        delete_social_provider(contoso, Kind.GOOGLE, by=reader, acknowledged=0)
    assert SocialProvider.objects.of(contoso).get().client_id == "old-id"
    assert "failure" in {str(event.result).lower() for event in events(contoso)}


@pytest.mark.rule("T17", "ROL-1")
def test_an_identity_provider_administrator_may(client: Client, contoso: Tenant) -> None:
    role = Role.EXTERNAL_IDENTITY_PROVIDER_ADMINISTRATOR
    client.force_login(MemberFactory(tenant=contoso, roles=[role]))
    assert save(client).status_code == 302


@pytest.mark.rule("T11")
def test_what_is_always_on_says_so(admin: Client, contoso: Tenant) -> None:
    page = admin.get(reverse("identityproviders:built_in", args=["microsoft-entra-id"]))
    assert "always on" in markup(page)
    missing = admin.get(reverse("identityproviders:built_in", args=["other"]))
    assert missing.status_code == 404
