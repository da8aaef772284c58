"""Users and groups for the search in the top bar (USR-7, T14)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.access.directory import directory
from guests.models import Group, User
from portal import permissions
from portal.console.blades import TenantRequest
from portal.console.search import Hit, SearchSource
from portal.permissions import Capability


def find_users(request: TenantRequest, text: str, count: int) -> list[Hit]:
    """The first users that the search of All users finds (USR-7, T14)."""
    if not permissions.may(request.user, Capability.USERS_LIST):
        return []
    mine = directory(request)
    rows = mine.search_people(mine.people(), text).order_by("display_name_key", "pk")
    return [_user_hit(user) for user in rows[:count]]


def find_groups(request: TenantRequest, text: str, count: int) -> list[Hit]:
    """The first groups with a word of the name that begins so (T14)."""
    mine = directory(request)
    if not mine.may_read_group_names:
        return []
    rows = mine.search_groups(mine.groups(), text).order_by("display_name_key", "pk")
    return [_group_hit(group) for group in rows[:count]]


def _user_hit(user: User) -> Hit:
    kind = _("Guest") if user.is_guest else _("Member")
    badge = ("off", _("Disabled")) if not user.account_enabled else ("ok", kind)
    if user.is_pending:
        badge = ("warn", str(user.get_external_user_state_display()))
    about = user.own_address.display if user.own_address else user.user_principal_name
    url = reverse("guests:user", kwargs={"user_id": user.pk})
    return Hit(user.display_name, url, about, icon="person", badge=badge)


def _group_hit(group: Group) -> Hit:
    url = reverse("guests:group", kwargs={"group_id": group.pk})
    return Hit(group.display_name, url, group.description[:100], icon="people_team")


def _users_url(request: TenantRequest, text: str) -> str:
    return f"{reverse('guests:users')}?{urlencode({'search': text})}"


def _groups_url(request: TenantRequest, text: str) -> str:
    if not permissions.may(request.user, Capability.GROUPS_LIST):
        return ""
    return f"{reverse('guests:groups')}?{urlencode({'search': text})}"


USERS = SearchSource(gettext_lazy("Users"), find_users, _users_url)
GROUPS = SearchSource(gettext_lazy("Groups"), find_groups, _groups_url)
