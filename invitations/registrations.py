"""Register what the invitations app adds to others: mails, hooks, pages, bulk operation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guests import html_hooks
from guests.bulk.operations import BULK_OPERATIONS
from identityproviders.impact.remedies import IMPACT_COMMANDS, REMEDIES, RESET
from identityproviders.sign_in.actions import (
    BEFORE_CONSENT,
    BEFORE_SESSION,
    CONDITIONS,
    OBJECTIONS,
)
from identityproviders.sign_in.views import SIGN_IN_LINKS
from invitations.cross_tenant.queries import cross_tenant_objection
from invitations.delivery import reminders
from invitations.delivery.emails import INVITATION_MAIL_TYPE
from invitations.inviting import bulk_invite, classic_form
from invitations.lifecycle import bulk_resend, bulk_reset, selection_views
from invitations.lifecycle.actions import begin_consent
from invitations.models import Invitation
from invitations.overview import home_tiles, search_source, user_page
from invitations.redemption.actions import (
    domain_objection,
    invitation_objection,
    redeem_automatically,
)
from invitations.redemption.opened_invitation import require_usable_invitation
from invitations.terms.actions import terms_interruption
from invitations.user_flows import guest_views
from portal.console.home import HOME_COMMANDS, HOME_MAIN, HOME_SIDE
from portal.console.navigation import Entry, register_entry
from portal.console.search import SEARCH_SOURCES
from portal.outbox.mail_types import MAIL_TYPES
from portal.outbox.models import Queue
from portal.outbox.periodic import PERIODIC_TASKS, PeriodicTask
from portal.permissions import Capability
from portal.security.keyed_rows import KEYED_ROWS, KeyedRows

_PAGES = (
    ("overview", _("Overview"), "home", Capability.EXTERNAL_IDENTITIES_OPEN, 0),
    ("invitations", _("Invitations"), "mail", Capability.INVITATIONS_READ, 15),
    (
        "cross_tenant",
        _("Cross-tenant access settings"),
        "globe_shield",
        Capability.CROSS_TENANT_READ,
        10,
    ),
    (
        "collaboration_settings",
        _("External collaboration settings"),
        "people_settings",
        Capability.COLLABORATION_READ,
        30,
    ),
    ("user_flows", _("User flows"), "people_list", Capability.USER_FLOWS_READ, 40),
    ("terms_of_use", _("Terms of use"), "document_text", Capability.TERMS_READ, 50),
)
"""Our pages under External Identities: name, label, icon, who, place (EXT-1)."""

AUDIT_LOGS = Entry(
    "external_identities",
    "audit_logs",
    _("Audit logs"),
    "clipboard_text_ltr",
    "audit:audit_logs",
    Capability.AUDIT_LOGS_OPEN,
)
"""The last entry of EXT-1: the log of the whole tenant."""


def register() -> None:
    """Register everything; called once when the apps are ready."""
    for name, label, icon, capability, order in _PAGES:
        register_entry(
            Entry(
                "external_identities",
                name,
                label,
                icon,
                f"invitations:{name}",
                capability,
            ),
            order=order,
        )
    register_entry(AUDIT_LOGS, order=70)
    KEYED_ROWS.register("invitations", KeyedRows(Invitation.unscoped.open, "key_id"))
    MAIL_TYPES.register(INVITATION_MAIL_TYPE.name, INVITATION_MAIL_TYPE)
    PERIODIC_TASKS.register("reminders", PeriodicTask("reminders", Queue.BULK, reminders.send_due))
    OBJECTIONS.register("cross-tenant access", cross_tenant_objection)
    OBJECTIONS.register("domain list", domain_objection)
    OBJECTIONS.register("revoked invitation", invitation_objection)
    CONDITIONS.register("usable invitation", require_usable_invitation)
    BEFORE_CONSENT.register("automatic redemption", redeem_automatically, order=10)
    BEFORE_CONSENT.register("acceptance", begin_consent, order=20)
    BEFORE_SESSION.register("terms of use", terms_interruption)
    BULK_OPERATIONS.register(bulk_invite.KIND.name, bulk_invite.KIND, order=20)
    BULK_OPERATIONS.register("reset", bulk_reset.RESET_REDEMPTION, order=25)
    BULK_OPERATIONS.register("resend", bulk_resend.RESEND_INVITATIONS, order=27)
    REMEDIES.register(RESET, bulk_reset.REMEDY)
    SEARCH_SOURCES.register("invitations", search_source.INVITATIONS, order=40)
    HOME_COMMANDS.register("invite", home_tiles.invite_command)
    HOME_MAIN.register("attention", home_tiles.attention_tiles, order=10)
    HOME_SIDE.register("guests", home_tiles.guests_tile, order=10)
    html_hooks.USERS_COMMANDS.register("reset", selection_views.reset_selected_entry)
    IMPACT_COMMANDS.register("reset", selection_views.reset_selected_command)
    html_hooks.USER_TILES.register("invitation", user_page.invitation_tile, order=10)
    html_hooks.USER_COMMANDS.register("invitation", user_page.invitation_commands, order=10)
    html_hooks.NEW_USER_ENTRIES.register("invite", user_page.new_user_entry, order=20)
    html_hooks.NEW_USER_ENTRIES.register("classic", classic_form.new_user_entry, order=30)
    html_hooks.UNKNOWN_PERSON.register("invite", user_page.invite_unknown)
    SIGN_IN_LINKS.register("sign_up", guest_views.sign_up_link)
    html_hooks.USERS_STATE.register("delivery", user_page.failed_deliveries)
