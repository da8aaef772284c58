"""What this room adds to the shell: the invitation mail, and its part of users' pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guests.bulk import operations
from identityproviders.sign_in.actions import before_consent, before_session, objections
from invitations.cross_tenant.queries import cross_tenant_objection
from invitations.delivery import reminders
from invitations.delivery.emails import INVITATION_MAIL_TYPE
from invitations.inviting import bulk_invite, classic_form
from invitations.lifecycle.actions import begin_consent
from invitations.overview import user_page
from invitations.redemption.actions import redeem_automatically
from invitations.terms.actions import terms_interruption
from invitations.user_flows import guest_views
from portal.console import navigation, slots
from portal.console.navigation import Entry
from portal.outbox import mail_types, periodic
from portal.outbox.models import Queue

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
    mail_types.register_mail_type(INVITATION_MAIL_TYPE)
    periodic.register_periodic(Queue.BULK, "reminders", reminders.send_due)
    if cross_tenant_objection not in objections:
        objections.append(cross_tenant_objection)
        before_consent.extend([redeem_automatically, begin_consent])
        before_session.append(terms_interruption)
    operations.register_operation(bulk_invite.KIND)
    slots.register_slot("user.tiles", "invitation", user_page.invitation_tile, order=10)
    slots.register_slot("user.commands", "invitation", user_page.invitation_commands, order=10)
    slots.register_slot("users.new", "invite", user_page.new_user_entry, order=20)
    slots.register_slot("users.new", "classic", classic_form.new_user_entry, order=30)
    slots.register_slot("picker.unknown", "invite", user_page.invite_unknown)
    slots.register_slot("sign_in.links", "sign_up", guest_views.sign_up_link)
    slots.register_row_slot("users.state", "delivery", user_page.failed_deliveries)
