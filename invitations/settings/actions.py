"""Save lifetime, reminders and redirect targets of invitations (INV-4, BET-13, SEC-60)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from guests.models import User
from guests.users import guards
from invitations.collaboration.actions import EDIT_INVITES
from invitations.inviting import tickets
from invitations.models import InvitationPolicy
from portal.audit import log
from portal.audit.log import Change, Details, Target
from portal.errors import ChangedMeanwhile, InvalidInput
from portal.permissions import Capability
from portal.tenants.models import Tenant
from portal.values import redirect_url
from portal.values.redirect_url import BadRedirect


def store_invitation_policy(
    tenant: Tenant,
    values: dict[str, object],
    changes: Sequence[Change],
    *,
    by: User,
    version: int,
    name: str,
) -> None:
    """Write `values` by column and the audit row with `changes`, where `version` still stands.

    Takes the `name` that the log gives the part of the policy. Ask for the right before.

    Raises: ChangedMeanwhile.
    """
    with transaction.atomic():
        InvitationPolicy.objects.get_or_create(tenant=tenant)
        rows = InvitationPolicy.objects.filter(tenant=tenant, version=version)
        if not rows.update(version=F("version") + 1, **values):
            raise ChangedMeanwhile
        log.record(
            log.UPDATE_AUTHORIZATION_POLICY,
            tenant,
            by=by,
            target=Target("Policy", str(tenant.pk), name),
            details=Details(changes=changes),
        )


COLUMNS = ("maximum_age_days", "reminder_after_days", "maximum_reminders")


def save_lifetime(
    tenant: Tenant, values: Mapping[str, int | None], *, by: User, version: int
) -> bool:
    """Store the `values` by column, cleaned by the form; whether anything changed.

    Takes the `version` of the policy that was shown.

    Raises: NotAllowed (T17), ChangedMeanwhile.
    """
    guards.require_logged(by, EDIT_INVITES, log.UPDATE_AUTHORIZATION_POLICY)
    before = tickets.invitation_policy(tenant)
    changes = [
        Change(name, getattr(before, name), values[name])
        for name in COLUMNS
        if getattr(before, name) != values[name]
    ]
    if not changes:
        return False
    new: dict[str, object] = {change.name: change.new for change in changes}
    store_invitation_policy(tenant, new, changes, by=by, version=version, name="Invitations")
    return True


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
    guards.require_logged(by, Capability.REDIRECT_TARGETS_EDIT, log.UPDATE_AUTHORIZATION_POLICY)
    before = tickets.invitation_policy(tenant).redirect_origins
    if before == origins:
        return False
    new: dict[str, object] = {"redirect_origins": origins}
    changes = [Change("redirectTargets", before, origins)]
    store_invitation_policy(tenant, new, changes, by=by, version=version, name="Redirect targets")
    return True
