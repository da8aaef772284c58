"""The language of an invitation mail: the first of EML-18 that we support."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import get_supported_language_variant

from guests.models import User
from invitations.models import Invitation


def of(invitation: Invitation, home: User | None) -> str:
    """The language code for the mail of `invitation` to who has the account `home` (EML-18)."""
    return first_supported(
        (
            invitation.message_language,
            invitation.user.preferred_language,
            home.tenant.notification_language if home is not None else "",
            invitation.tenant.notification_language,
            "en-US",
        )
    )


def first_supported(tags: Iterable[str]) -> str:
    """The first of `tags` the product speaks, as a code of LANGUAGES; unknown ones fall through."""
    for tag in filter(None, tags):
        try:
            return get_supported_language_variant(tag.lower())
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
