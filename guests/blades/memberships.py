"""What a user belongs to, in numbers that lead to the lists (USR-16)."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import ngettext

from guests.blades.people import directory
from guests.models import User
from portal import permissions
from portal.shell import slots
from portal.shell.blades import TenantRequest


@dataclass(frozen=True)
class Count:
    """A number with its word, and the page that lists what it counts; none for who may not."""

    number: int
    label: str
    url: str = ""


def counts(request: TenantRequest, user: User) -> list[Count]:
    """Groups, applications and assigned roles of `user`. One query."""
    groups = directory(request).groups_of(user).count()
    applications = sum(int(n) for n in slots.filled("user.applications.count", request, user))
    roles = len(user.roles)
    may_read_roles = permissions.may(request.user, "roles.read")
    return [
        Count(
            groups,
            ngettext("group membership", "group memberships", groups),
            reverse("guests:user_groups", args=[user.pk]),
        ),
        Count(
            applications,
            ngettext("application", "applications", applications),
            reverse("guests:user_applications", args=[user.pk]),
        ),
        Count(
            roles,
            ngettext("assigned role", "assigned roles", roles),
            reverse("guests:user_roles", args=[user.pk]) if may_read_roles else "",
        ),
    ]
