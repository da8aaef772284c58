"""Notes for the inviter about an invitation that was made (BET-7, INV-12)."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


class InviteNote(enum.Enum):
    """What the inviter should know about an invitation that was made."""

    MESSAGE_DROPPED = "message"
    MAIL_SUPPRESSED = "suppressed"
    ADDRESS_BOUNCED = "bounced"
    ALREADY_ACCEPTED = "accepted"
    ALREADY_INVITED = "invited"
    REPEATED = "repeated"
    RESTORED = "restored"

    @property
    def sentence(self) -> str:
        """The sentence to show."""
        return str(_NOTES[self])


_NOTES: Mapping[InviteNote, Promise] = {
    InviteNote.MESSAGE_DROPPED: gettext_lazy(
        "Your message was left out, because you have no e-mail address in this organization."
    ),
    InviteNote.MAIL_SUPPRESSED: gettext_lazy(
        "No mail was sent: the guest blocked invitations of your organization."
    ),
    InviteNote.ADDRESS_BOUNCED: gettext_lazy(
        "Earlier mail to this address came back, so no mail will be sent until an administrator"
        " clears it under Mail delivery. You can hand over the link."
    ),
    InviteNote.ALREADY_ACCEPTED: gettext_lazy(
        "The guest has accepted an invitation already, so no mail was sent."
    ),
    InviteNote.ALREADY_INVITED: gettext_lazy(
        "The guest had been invited already; the links stay valid."
    ),
    InviteNote.REPEATED: gettext_lazy(
        "The guest was invited less than a minute ago, so no second mail was sent."
    ),
    InviteNote.RESTORED: gettext_lazy(
        "The guest was restored with groups, roles and apps. Earlier links stay dead."
    ),
}
