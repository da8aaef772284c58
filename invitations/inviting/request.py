"""What somebody asks for who invites a guest (T9, T10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.urls import reverse

from guests.models import Group, Sponsor, User, UserType
from portal.permissions import Role
from portal.tenants.models import Tenant
from portal.values.email_address import EmailAddress


@dataclass(frozen=True)
class InvitationRequest:
    """One guest to invite to `tenant`, as a form, the row of a file or a program asks for it.

    Addresses were parsed where they came in. The other texts are as somebody wrote them until
    an action has checked them. Without `sponsors` the inviter answers for the guest. `groups` and
    `roles` are assigned with the invitation (T9), also to a guest who is known already (INF-5).
    `is_blocked` makes a new guest who can't sign in yet (INF-4).
    """

    tenant: Tenant
    address: EmailAddress
    redirect_url: str
    display_name: str = ""
    message: str = ""
    message_language: str = ""
    cc: tuple[EmailAddress, ...] = ()
    is_mail_wanted: bool = True
    user_type: str = UserType.GUEST
    profile: Mapping[str, object] = field(default_factory=dict)
    sponsors: Sequence[Sponsor] | None = None
    groups: Sequence[Group] = ()
    roles: Sequence[Role] = ()
    is_blocked: bool = False

    @property
    def copies(self) -> list[EmailAddress]:
        """The addresses that get a copy, each once, never the invitee (INV-10)."""
        found = {address.canonical: address for address in self.cc}
        found.pop(self.address.canonical, None)
        return list(found.values())

    def invitation_columns(self, by: User) -> dict[str, object]:
        """The columns of an invitation that the request of `by` decides (SEC-28)."""
        return {
            "inviter": by,
            "redirect_url": self.redirect_url,
            "message": self.message,
            "message_language": self.message_language,
            "cc_recipients": [address.ascii for address in self.copies],
            "is_mail_wanted": self.is_mail_wanted,
        }


def my_apps_url(tenant: Tenant) -> str:
    """My Apps of `tenant`: where guests go unless told otherwise (T9, CON-7)."""
    path = reverse("applications:my_apps", kwargs={"tenant": tenant.primary_domain})
    return f"{settings.PORTAL_BASE_URL}{path}"
