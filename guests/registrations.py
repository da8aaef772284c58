"""What this room adds to the shell: navigation, slots, mail kinds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guests.blades import create
from guests.bulk import creation, deletion, kinds, running, tasks
from portal.outbox import chores
from portal.outbox.models import Queue
from portal.shell import navigation, slots
from portal.shell.navigation import Entry, Service

__all__ = ["register", "tasks"]


def register() -> None:
    """Register everything; called once when the apps are ready."""
    slots.register("users.new", "create", create.new_user_entry, order=10)
    chores.register(Queue.BULK, "bulk-jobs", running.resume)
    kinds.register(creation.KIND)
    kinds.register(deletion.DELETE)
    kinds.register(deletion.RESTORE)
    navigation.register_service(
        Service("users", _("Users"), "people", navigation.IDENTITY, order=10)
    )
    navigation.register(
        Entry(
            "users", "all_users", _("All users"), "people", "guests:users", "users.list", order=10
        )
    )
    navigation.register(
        Entry(
            "users",
            "deleted_users",
            _("Deleted users"),
            "person_delete",
            "guests:deleted_users",
            "users.read_deleted",
            order=20,
        )
    )
    navigation.register(
        Entry(
            "users",
            "password_reset",
            _("Password reset"),
            "key",
            "guests:password_reset_policy",
            "users.list",
            order=30,
        )
    )
    navigation.register(
        Entry(
            "users",
            "user_settings",
            _("User settings"),
            "people_settings",
            "guests:user_settings",
            "guest_access.read",
            order=40,
        )
    )
    navigation.register(
        Entry(
            "users",
            "bulk_results",
            _("Bulk operation results"),
            "people_list",
            "guests:bulk_results",
            "users.list",
            order=60,
        )
    )
    for entry in _GROUPS:
        navigation.register(entry)
    navigation.register_service(
        Service("groups", _("Groups"), "people_team", navigation.IDENTITY, order=15)
    )
    navigation.register(
        Entry("user", "overview", _("Overview"), "person", "guests:user", "users.read", order=10)
    )
    navigation.register(
        Entry(
            "user",
            "audit_logs",
            _("Audit logs"),
            "clipboard_text_ltr",
            "guests:user_audit_logs",
            "audit_logs.open",
            order=20,
        )
    )
    navigation.register(
        Entry(
            "user",
            "sign_in_logs",
            _("Sign-in logs"),
            "person_arrow_right",
            "guests:user_sign_in_logs",
            "sign_in_logs.open",
            order=30,
        )
    )
    navigation.register(
        Entry(
            "user",
            "authentication_methods",
            _("Authentication methods"),
            "key_multiple",
            "guests:user_methods",
            "methods.read",
            order=70,
        )
    )


_READ, _PERSON = "groups.read", "users.read"
_GROUPS = (
    Entry("groups", "all_groups", _("All groups"), "people_team", "guests:groups", "groups.list"),
    Entry("group", "overview", _("Overview"), "info", "guests:group", _READ, order=10),
    Entry("group", "members", _("Members"), "people", "guests:group_members", _READ, order=20),
    Entry(
        "user",
        "roles",
        _("Assigned roles"),
        "shield_person",
        "guests:user_roles",
        "roles.read",
        order=40,
    ),
    Entry("user", "groups", _("Groups"), "people_team", "guests:user_groups", _PERSON, order=50),
    Entry(
        "user",
        "applications",
        _("Applications"),
        "apps",
        "guests:user_applications",
        _PERSON,
        order=60,
    ),
    Entry(
        "user",
        "sponsored",
        _("Sponsored guests"),
        "person_feedback",
        "guests:user_sponsored",
        _PERSON,
        order=80,
    ),
    Entry("group", "owners", _("Owners"), "person_support", "guests:group_owners", _READ, order=30),
)
