"""Save lifetime, reminders and redirect targets of invitations (INV-4, BET-13, SEC-60)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from guests.models import User
from invitations.collaboration.actions import EDIT_INVITES
from invitations.inviting import tickets
from invitations.models import InvitationPolicy
from portal.audit import log
from portal.audit.log import Change
from portal.errors import InvalidInput
from portal.permissions import Capability
from portal.tenant_settings import SettingChange, TenantSetting, changed_values
from portal.tenants.models import Tenant
from portal.values import redirect_url
from portal.values.redirect_url import BadRedirect

LIFETIME = TenantSetting(
    EDIT_INVITES, log.UPDATE_AUTHORIZATION_POLICY, InvitationPolicy, "Invitations"
)
COLUMNS = ("maximum_age_days", "reminder_after_days", "maximum_reminders")


def save_lifetime(
    tenant: Tenant, values: Mapping[str, int | None], *, by: User, version: int
) -> bool:
    """Store the `values` by column, cleaned by the form; whether anything changed.

    Takes the `version` of the policy that was shown.

    Raises: NotAllowed (T17), ChangedMeanwhile.
    """
    new = {name: values[name] for name in COLUMNS}
    changes = changed_values(tickets.invitation_policy(tenant), new)
    return LIFETIME.save(tenant, SettingChange({"version": version}, new, changes), by=by)


REDIRECT_TARGETS = TenantSetting(
    Capability.REDIRECT_TARGETS_EDIT,
    log.UPDATE_AUTHORIZATION_POLICY,
    InvitationPolicy,
    "Redirect targets",
)
MOST = 100


def origins_of(text: str) -> list[str]:
    """The origins that somebody typed, one a line, each once and in its one spelling.

    Raises: InvalidInput at `origins`, naming the first line that is none.
    """
    found: dict[str, None] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            url = redirect_url.parse_redirect_url(line)
        except BadRedirect as error:
            raise InvalidInput("origins", f"{line[:80]}: {error.message}") from error
        if url.rest not in {"", "/"}:
            problem = _("%(line)s: leave out the path; the whole site is meant.")
            raise InvalidInput("origins", problem % {"line": line[:80]})
        found[url.origin] = None
    if len(found) > MOST:
        raise InvalidInput("origins", _("There can be 100 targets at most."))
    return list(found)


def save_redirect_targets(tenant: Tenant, origins: list[str], *, by: User, version: int) -> bool:
    """Store the targets, as `origins_of` gives them; whether they changed.

    Takes the `version` of the policy that was shown. Every use of a link asks the list again.

    Raises: NotAllowed (security 2.9), ChangedMeanwhile.
    """
    before = tickets.invitation_policy(tenant).redirect_origins
    changes = [Change("redirectTargets", before, origins)] if before != origins else []
    change = SettingChange({"version": version}, {"redirect_origins": origins}, changes)
    return REDIRECT_TARGETS.save(tenant, change, by=by)
