"""Create, change and delete Google and Facebook (IDP-5 to IDP-8)."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from guests.models import User
from identityproviders.impact import confirmation
from identityproviders.models import SocialProvider
from identityproviders.providers.actions import (
    ProviderChanged,
    ProviderGone,
    provider_target,
    record_provider_change,
    require_may_edit,
)
from portal.audit import log
from portal.errors import InvalidInput
from portal.tenants.models import Tenant
from portal.tenants.row_locks import lock_rows

MAXIMUM_CLIENT_ID = 255
MAXIMUM_SECRET = 2048


def find_social_provider(tenant: Tenant, kind: SocialProvider.Kind) -> SocialProvider | None:
    """The provider of `tenant`, if it is configured."""
    row: SocialProvider | None = SocialProvider.objects.of(tenant).filter(kind=kind).first()
    return row


@sensitive_variables("client_secret")
def save_social_provider(
    tenant: Tenant,
    kind: SocialProvider.Kind,
    *,
    by: User,
    client_id: str,
    client_secret: str = "",
    edition: str = "",
) -> SocialProvider:
    """Store the tenant's own client; no test against the provider is implied (T11).

    An empty `client_secret` keeps the stored one, which no page shows (IDP-4). `edition` is
    that of the row that the page showed, empty where none was configured.

    Raises: NotAllowed, InvalidInput at the field, ProviderChanged.
    """
    row = find_social_provider(tenant, kind)
    activity = log.UPDATE_PROVIDER if row else log.CREATE_PROVIDER
    require_may_edit(tenant, by, activity, provider_target(row) if row else None)
    client_id = _client_id(client_id)
    if not client_secret and row is None:
        raise InvalidInput("client_secret", _("Enter the client secret."))
    if len(client_secret) > MAXIMUM_SECRET:
        raise InvalidInput("client_secret", _("A client secret can have 2,048 characters at most."))
    try:
        with transaction.atomic():
            lock_rows(SocialProvider.objects.of(tenant).filter(kind=kind))
            known = find_social_provider(tenant, kind)
            if edition != (known.edition if known else ""):
                raise ProviderChanged
            known = known or SocialProvider(tenant=tenant, kind=kind)
            return _store(known, by, client_id, client_secret)
    except IntegrityError as error:  # two administrators set it up at once
        raise ProviderChanged from error


def delete_social_provider(
    tenant: Tenant, kind: SocialProvider.Kind, *, by: User, acknowledged: int
) -> int:
    """Delete the provider; the number of guests who lose their sign-in with it (IDP-7, IDP-8).

    `acknowledged` is the number that the administrator was shown and confirmed (BET-2).

    Raises: NotAllowed, ProviderGone, NotConfirmed.
    """
    row = find_social_provider(tenant, kind)
    require_may_edit(tenant, by, log.DELETE_PROVIDER, provider_target(row) if row else None)
    if row is None:
        raise ProviderGone
    lose = confirmation.require_confirmed_number(confirmation.without_provider(row), acknowledged)
    with transaction.atomic():
        if not lock_rows(SocialProvider.objects.of(tenant).filter(pk=row.pk)):
            raise ProviderGone
        record_provider_change(
            log.DELETE_PROVIDER,
            row,
            by=by,
            before={"ClientId": row.client_id},
            additional={"GuestsLosingSignIn": lose},
        )
        SocialProvider.objects.of(tenant).filter(pk=row.pk).delete()
    return lose


@sensitive_variables("client_secret")
def _store(row: SocialProvider, by: User, client_id: str, client_secret: str) -> SocialProvider:
    is_new = row._state.adding
    before = {} if is_new else {"ClientId": row.client_id}
    row.client_id = client_id
    row.version += 1
    if client_secret:
        row.client_secret = client_secret
    row.save()
    record_provider_change(
        log.CREATE_PROVIDER if is_new else log.UPDATE_PROVIDER,
        row,
        by=by,
        before=before,
        after={"ClientId": client_id},
        additional={"ClientSecretReplaced": bool(client_secret)},
    )
    return row


def _client_id(text: str) -> str:
    client_id = text.strip()
    if not client_id:
        raise InvalidInput("client_id", _("Enter the client ID."))
    if len(client_id) > MAXIMUM_CLIENT_ID or not client_id.isascii() or not client_id.isprintable():
        raise InvalidInput("client_id", _("Enter the client ID as the provider shows it."))
    return client_id
