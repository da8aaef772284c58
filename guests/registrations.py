"""Register what the guests app adds to others: navigation, bulk operations, a periodic task."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guests import html_hooks, search_sources
from guests.bulk import home_tile, running, tasks
from guests.bulk.operations import BULK_OPERATIONS
from guests.models import BulkRow
from guests.users.creation import bulk_create
from guests.users.creation.views import new_user_entry
from guests.users.deletion import bulk_delete
from guests.users.queries import count_in_domain
from portal.console import navigation
from portal.console.home import HOME_MAIN
from portal.console.navigation import Entry, Service, register_entry, register_service
from portal.console.search import SEARCH_SOURCES
from portal.outbox.models import Queue
from portal.outbox.periodic import PERIODIC_TASKS, PeriodicTask
from portal.permissions import Capability
from portal.security.keyed_rows import KEYED_ROWS, KeyedRows
from portal.tenants.domains.actions import USER_COUNTS

__all__ = ["register", "tasks"]


SERVICES = (
    Service("users", _("Users"), "people", navigation.IDENTITY),
    Service("groups", _("Groups"), "people_team", navigation.IDENTITY),
)

_ENTRIES = {
    "users": (
        ("all_users", _("All users"), "people", "users", Capability.USERS_LIST),
        (
            "deleted_users",
            _("Deleted users"),
            "person_delete",
            "deleted_users",
            Capability.USERS_READ_DELETED,
        ),
        (
            "password_reset",
            _("Password reset"),
            "key",
            "password_reset_policy",
            Capability.USERS_LIST,
        ),
        (
            "user_settings",
            _("User settings"),
            "people_settings",
            "user_settings",
            Capability.GUEST_ACCESS_READ,
        ),
        (
            "bulk_results",
            _("Bulk operation results"),
            "people_list",
            "bulk_results",
            Capability.USERS_LIST,
        ),
    ),
    "user": (
        ("overview", _("Overview"), "person", "user", Capability.USERS_READ),
        (
            "audit_logs",
            _("Audit logs"),
            "clipboard_text_ltr",
            "user_audit_logs",
            Capability.AUDIT_LOGS_OPEN,
        ),
        (
            "sign_in_logs",
            _("Sign-in logs"),
            "person_arrow_right",
            "user_sign_in_logs",
            Capability.SIGN_IN_LOGS_OPEN,
        ),
        ("roles", _("Assigned roles"), "shield_person", "user_roles", Capability.ROLES_READ),
        ("groups", _("Groups"), "people_team", "user_groups", Capability.USERS_READ),
        ("applications", _("Applications"), "apps", "user_applications", Capability.USERS_READ),
        (
            "authentication_methods",
            _("Authentication methods"),
            "key_multiple",
            "user_methods",
            Capability.METHODS_READ,
        ),
        (
            "sponsored",
            _("Sponsored guests"),
            "person_feedback",
            "user_sponsored",
            Capability.USERS_READ,
        ),
    ),
    "groups": (("all_groups", _("All groups"), "people_team", "groups", Capability.GROUPS_LIST),),
    "group": (
        ("overview", _("Overview"), "info", "group", Capability.GROUPS_READ),
        ("members", _("Members"), "people", "group_members", Capability.GROUPS_READ),
        ("owners", _("Owners"), "person_support", "group_owners", Capability.GROUPS_READ),
    ),
}
"""The pages of each menu in the order of USR-1 and USR-14: name, label, icon, address, who."""


def register() -> None:
    """Register everything; called once when the apps are ready."""
    html_hooks.NEW_USER_ENTRIES.register("create", new_user_entry, order=10)
    SEARCH_SOURCES.register("users", search_sources.USERS, order=10)
    SEARCH_SOURCES.register("groups", search_sources.GROUPS, order=20)
    HOME_MAIN.register("bulk operations", home_tile.recent_jobs_tile, order=50)
    USER_COUNTS.register("users", count_in_domain)
    KEYED_ROWS.register("bulk rows", KeyedRows(BulkRow.unscoped.all, "sealed", is_sealed=True))
    PERIODIC_TASKS.register("bulk-jobs", PeriodicTask("bulk-jobs", Queue.BULK, running.resume_jobs))
    for order, operation in (
        (10, bulk_create.CREATE_USERS),
        (30, bulk_delete.DELETE_USERS),
        (40, bulk_delete.RESTORE_USERS),
    ):
        BULK_OPERATIONS.register(operation.name, operation, order=order)
    for order, service in zip((10, 15), SERVICES, strict=True):
        register_service(service, order=order)
    for menu, entries in _ENTRIES.items():
        for place, (name, label, icon, url_name, capability) in enumerate(entries, start=1):
            register_entry(
                Entry(menu, name, label, icon, f"guests:{url_name}", capability), order=place * 10
            )
