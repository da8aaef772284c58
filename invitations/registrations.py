"""What this room adds to the shell: the invitation mail, and its part of users' pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guests.bulk import kinds as bulk_kinds
from identityproviders.actions import sign_in
from invitations import bulk, cross_tenant, emails, sign_up_link, terms, user_page
from invitations.actions import automatic, progress, reminders
from invitations.blades import classic
from portal.outbox import chores, kinds
from portal.outbox.models import Queue
from portal.shell import navigation, slots
from portal.shell.navigation import Entry

_PAGES = (
    ("overview", _("Overview"), "home", "external_identities.open", 0),
    ("invitations", _("Invitations"), "mail", "invitations.read", 15),
    (
        "cross_tenant",
        _("Cross-tenant access settings"),
        "globe_shield",
        "cross_tenant.read",
        10,
    ),
    (
        "collaboration_settings",
        _("External collaboration settings"),
        "people_settings",
        "collaboration.read",
        30,
    ),
    ("user_flows", _("User flows"), "people_list", "user_flows.read", 40),
    ("terms_of_use", _("Terms of use"), "document_text", "terms.read", 50),
)
"""Our pages under External Identities: name, label, icon, who, place (EXT-1)."""

AUDIT_LOGS = Entry(
    "external_identities",
    "audit_logs",
    _("Audit logs"),
    "clipboard_text_ltr",
    "audit:audit_logs",
    "audit_logs.open",
    order=70,
)
"""The last entry of EXT-1: the log of the whole tenant."""


def register() -> None:
    """Register everything; called once when the apps are ready."""
    for name, label, icon, capability, order in _PAGES:
        navigation.register(
            Entry(
                "external_identities",
                name,
                label,
                icon,
                f"invitations:{name}",
                capability,
                order=order,
            )
        )
    navigation.register(AUDIT_LOGS)
    kinds.register(emails.KIND)
    chores.register(Queue.BULK, "reminders", reminders.send_due)
    if cross_tenant.objection not in sign_in.objections:
        sign_in.objections.append(cross_tenant.objection)
        sign_in.before_consent += [automatic.redeem, progress.begin]
        sign_in.before_session.append(terms.interruption)
    bulk_kinds.register(bulk.KIND)
    slots.register("user.tiles", "invitation", user_page.tile, order=10)
    slots.register("user.commands", "invitation", user_page.commands, order=10)
    slots.register("users.new", "invite", user_page.new_user_entry, order=20)
    slots.register("users.new", "classic", classic.new_user_entry, order=30)
    slots.register("picker.unknown", "invite", user_page.invite_unknown)
    slots.register("sign_in.links", "sign_up", sign_up_link.link)
    slots.register_rows("users.state", "delivery", user_page.failed_deliveries)
