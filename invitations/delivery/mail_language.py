"""Choose the language of an invitation mail (EML-18)."""

from __future__ import annotations

from guests.models import User
from invitations.models import Invitation
from portal.languages import first_supported


def mail_language(invitation: Invitation, home: User | None) -> str:
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
