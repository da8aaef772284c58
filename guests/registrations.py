"""What this room adds to the shell: navigation, slots, mail kinds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guests.bulk import operations, running, tasks
from guests.users.creation import bulk_create
from guests.users.creation.views import new_user_entry
from guests.users.deletion import bulk_delete
from guests.users.queries import count_in_domain
from portal.console import navigation, slots
from portal.console.navigation import Entry, Service
from portal.outbox import periodic
from portal.outbox.models import Queue
from portal.tenants.domains.actions import users_of

__all__ = ["register", "tasks"]


SERVICES = (
    Service("users", _("Users"), "people", navigation.IDENTITY, order=10),
    Service("groups", _("Groups"), "people_team", navigation.IDENTITY, order=15),
)

_ENTRIES = {
    "users": (
        ("all_users", _("All users"), "people", "users", "users.list"),
        (
            "deleted_users",
            _("Deleted users"),
            "person_delete",
            "deleted_users",
            "users.read_deleted",
        ),
        ("password_reset", _("Password reset"), "key", "password_reset_policy", "users.list"),
        (
            "user_settings",
            _("User settings"),
            "people_settings",
            "user_settings",
            "guest_access.read",
        ),
        ("bulk_results", _("Bulk operation results"), "people_list", "bulk_results", "users.list"),
    ),
    "user": (
        ("overview", _("Overview"), "person", "user", "users.read"),
        ("audit_logs", _("Audit logs"), "clipboard_text_ltr", "user_audit_logs", "audit_logs.open"),
        (
            "sign_in_logs",
            _("Sign-in logs"),
            "person_arrow_right",
            "user_sign_in_logs",
            "sign_in_logs.open",
        ),
        ("roles", _("Assigned roles"), "shield_person", "user_roles", "roles.read"),
        ("groups", _("Groups"), "people_team", "user_groups", "users.read"),
        ("applications", _("Applications"), "apps", "user_applications", "users.read"),
        (
            "authentication_methods",
            _("Authentication methods"),
            "key_multiple",
            "user_methods",
            "methods.read",
        ),
        ("sponsored", _("Sponsored guests"), "person_feedback", "user_sponsored", "users.read"),
    ),
    "groups": (("all_groups", _("All groups"), "people_team", "groups", "groups.list"),),
    "group": (
        ("overview", _("Overview"), "info", "group", "groups.read"),
        ("members", _("Members"), "people", "group_members", "groups.read"),
        ("owners", _("Owners"), "person_support", "group_owners", "groups.read"),
    ),
}
"""The pages of each menu in the order of USR-1 and USR-14: name, label, icon, address, who."""


def register() -> None:
    """Register everything; called once when the apps are ready."""
    slots.register_slot("users.new", "create", new_user_entry, order=10)
    users_of.append(count_in_domain)
    periodic.register_periodic(Queue.BULK, "bulk-jobs", running.resume_jobs)
    for kind in (bulk_create.CREATE_USERS, bulk_delete.DELETE_USERS, bulk_delete.RESTORE_USERS):
        operations.register_operation(kind)
    for service in SERVICES:
        navigation.register_service(service)
    for menu, entries in _ENTRIES.items():
        for place, (name, label, icon, url_name, capability) in enumerate(entries, start=1):
            navigation.register(
                Entry(menu, name, label, icon, f"guests:{url_name}", capability, order=place * 10)
            )
