"""Open invitations for the search in the top bar."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import User
from guests.users.queries import search_users
from invitations.models import Invitation
from portal import permissions
from portal.console.blades import TenantRequest
from portal.console.search import Hit, SearchSource
from portal.permissions import Capability


def find_invitations(request: TenantRequest, text: str, count: int) -> list[Hit]:
    """The newest invitations of guests who have not accepted and found by the search."""
    if not permissions.may(request.user, Capability.INVITATIONS_READ):
        return []
    pending = User.objects.of(request.tenant).present().pending()
    found = search_users(request.tenant, pending, text).values("pk").order_by()
    rows = Invitation.objects.of(request.tenant).filter(user__in=found)
    newest = rows.select_related("user", "inviter").order_by("-created_at", "-pk")
    return [_hit(invitation) for invitation in newest[:count]]


def _hit(invitation: Invitation) -> Hit:
    inviter = invitation.inviter
    about = _("Invited by %(name)s") % {"name": inviter.display_name} if inviter else ""
    url = reverse("invitations:invitation", kwargs={"invitation_id": invitation.pk})
    return Hit(
        invitation.email_address.display,
        url,
        about,
        icon="mail",
        badge=("warn", _("Pending acceptance")),
    )


INVITATIONS = SearchSource(gettext_lazy("Invitations"), find_invitations)
