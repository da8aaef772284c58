"""Fields that are encrypted at rest and bound to their row (SEC-98, SEC-101)."""

from __future__ import annotations

import pytest
from django.db import connection

from identityproviders.models import SocialProvider
from portal.tenants.models import Tenant
from tests.factories import TenantFactory

pytestmark = [pytest.mark.django_db, pytest.mark.rule("SEC-98")]

SECRET = "a-secret-of-the-provider"


def stored() -> list[str]:
    """What the database holds, whatever the models say."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_secret FROM identityproviders_socialprovider ORDER BY kind")
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def contoso() -> Tenant:
    return TenantFactory(display_name="Contoso")


@pytest.fixture
def google(contoso: Tenant) -> SocialProvider:
    return SocialProvider.objects.create(  # type: ignore[no-any-return]
        tenant=contoso, kind="google.com", client_id="id", client_secret=SECRET
    )


def test_a_loaded_row_gives_the_secret_and_hides_it_when_shown(
    contoso: Tenant, google: SocialProvider
) -> None:
    row = SocialProvider.objects.of(contoso).get()

    assert row.client_secret == SECRET
    assert SECRET not in repr(row.client_secret)
    assert SECRET not in stored()[0]


def test_saving_a_loaded_row_does_not_encrypt_twice(
    contoso: Tenant, google: SocialProvider
) -> None:
    row = SocialProvider.objects.of(contoso).get()
    row.client_id = "other"
    row.save()

    assert SocialProvider.objects.of(contoso).get().client_secret == SECRET


def test_a_deferred_and_a_refreshed_field_give_the_secret(
    contoso: Tenant, google: SocialProvider
) -> None:
    row = SocialProvider.objects.of(contoso).defer("client_secret").get()
    assert row.client_secret == SECRET
    google.refresh_from_db()
    assert google.client_secret == SECRET


def test_a_value_of_another_row_does_not_decrypt(contoso: Tenant, google: SocialProvider) -> None:
    SocialProvider.objects.create(
        tenant=contoso, kind="facebook.com", client_id="id", client_secret="other"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE identityproviders_socialprovider SET client_secret = %s WHERE kind = %s",
            [stored()[1], "facebook.com"],
        )
    with pytest.raises(ValueError, match="does not belong here"):
        SocialProvider.objects.of(contoso).get(kind="facebook.com").client_secret  # noqa: B018
