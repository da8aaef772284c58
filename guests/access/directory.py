"""Find people and groups of a tenant, as far as the viewer may see them (T14, SEC-80).

Every list and every picker of people or groups reads through `Directory`, so that what the tenant
hides from guests is hidden in one place.
"""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from guests.access import visibility
from guests.models import Group, GroupMembership, GroupOwnership, Sponsorship, User
from guests.users.queries import list_users, search_users
from portal import permissions
from portal.console.blades import TenantRequest
from portal.permissions import Capability
from portal.tenants.models import GuestAccess, Tenant


@dataclass(frozen=True)
class Directory:
    """The directory of `tenant` as `viewer` may see it."""

    tenant: Tenant
    viewer: User

    # People

    def people(self) -> QuerySet[User]:
        """The present users that the viewer may find (T14)."""
        return visibility.listed_users(self.viewer)

    def search_people(self, rows: QuerySet[User], text: str) -> QuerySet[User]:
        """Those of `rows` that a search finds (USR-7)."""
        return search_users(self.tenant, rows, text)

    def members(self, group: Group) -> QuerySet[User]:
        """The present members of `group` (DIR-28: deleted ones are kept, not shown).

        A viewer who may see the group sees its members (T14).
        """
        mine = GroupMembership.objects.of(self.tenant).filter(group=group)
        return list_users(self.tenant).filter(pk__in=mine.values("user"))

    def owners(self, group: Group) -> QuerySet[User]:
        """The present owners of `group`."""
        mine = GroupOwnership.objects.of(self.tenant).filter(group=group)
        return list_users(self.tenant).filter(pk__in=mine.values("user"))

    def sponsored_by(self, user: User) -> QuerySet[User]:
        """The guests `user` answers for, alone or as a member of a group (DIR-25, BET-12)."""
        groups = GroupMembership.objects.of(self.tenant).filter(user=user).values("group")
        mine = Sponsorship.objects.of(self.tenant).filter(Q(sponsor=user) | Q(group__in=groups))
        return self.people().filter(pk__in=mine.values("guest"))

    # Groups

    def groups(self) -> QuerySet[Group]:
        """The groups of the tenant; those of their own for guests who may list none (T14)."""
        groups: QuerySet[Group] = Group.objects.of(self.tenant).select_related("tenant")
        if permissions.may(self.viewer, Capability.GROUPS_LIST):
            return groups
        mine = GroupMembership.objects.of(self.tenant).filter(user=self.viewer)
        return groups.filter(pk__in=mine.values("group"))

    @property
    def may_read_group_names(self) -> bool:
        """Whether groups have more than an object id for the viewer (T14, most restrictive)."""
        if permissions.may(self.viewer, Capability.GROUPS_LIST):
            return True
        return self.tenant.guest_access != GuestAccess.RESTRICTED

    def group(self, group_id: uuid.UUID) -> Group | None:
        """The group with this object id, or None.

        Guests with limited access see any group whose object id they know (T14).
        Raises: HiddenByPolicy, the same for ids that no group has.
        """
        if not self.may_read_group_names:
            raise visibility.HiddenByPolicy
        groups: QuerySet[Group] = Group.objects.of(self.tenant).select_related("tenant")
        return groups.filter(pk=group_id).first()

    def groups_of(self, user: User) -> QuerySet[Group]:
        """The groups `user` is a member of."""
        mine = GroupMembership.objects.of(self.tenant).filter(user=user)
        return self.groups().filter(pk__in=mine.values("group"))

    def changeable_groups(self) -> QuerySet[Group]:
        """The groups whose members the viewer may change: all of them, or those they own."""
        if permissions.may(self.viewer, Capability.GROUPS_EDIT):
            return self.groups()
        mine = GroupOwnership.objects.of(self.tenant).filter(user=self.viewer)
        return self.groups().filter(pk__in=mine.values("group"))

    def search_groups(self, rows: QuerySet[Group], text: str) -> QuerySet[Group]:
        """Those of `rows` with a word of the name that begins so, or with this object id."""
        beginning = " ".join(text.split()).casefold()
        question = Q(display_name_key__startswith=beginning) | Q(
            display_name_key__contains=f" {beginning}"
        )
        with contextlib.suppress(ValueError):
            question |= Q(pk=uuid.UUID(text.strip()))
        return rows.filter(question)

    def with_member_counts(self, rows: QuerySet[Group]) -> QuerySet[Group]:
        """`rows` with the number of present members as `member_count`."""
        present = User.objects.of(self.tenant).present().filter(pk=OuterRef("user"))
        counts = (
            GroupMembership.objects.of(self.tenant)
            .filter(Exists(present), group=OuterRef("pk"))
            .order_by()
            .values("group")
            .annotate(n=Count("pk"))
            .values("n")
        )
        return rows.annotate(member_count=Coalesce(Subquery(counts), 0))


def directory(request: TenantRequest) -> Directory:
    """What the signed-in person may find of their tenant (T14)."""
    return Directory(request.tenant, request.user)
