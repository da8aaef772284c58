"""Say where guests may be sent without asking, after consent (SEC-60)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guests.actions import protections
from guests.models import User
from invitations import ages
from invitations.actions import policy
from portal import redirects
from portal.audit import log
from portal.audit.log import Change
from portal.errors import InvalidInput
from portal.redirects import BadRedirect
from portal.tenants.models import Tenant

EDIT = "redirect_targets.edit"
MOST = 100


def origins_of(text: str) -> list[str]:
    """The origins that somebody typed, one a line, each once and in its one spelling.

    Raises: InvalidInput at `origins`, naming the first line that is none.
    """
    found: dict[str, None] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            url = redirects.parse(line)
        except BadRedirect as error:
            raise InvalidInput("origins", f"{line[:80]}: {error.message}") from error
        if url.rest not in {"", "/"}:
            problem = _("%(line)s: leave out the path; the whole site is meant.")
            raise InvalidInput("origins", problem % {"line": line[:80]})
        found[url.origin] = None
    if len(found) > MOST:
        raise InvalidInput("origins", _("There can be 100 targets at most."))
    return list(found)


def save(tenant: Tenant, origins: list[str], *, by: User, version: int) -> bool:
    """Store the targets, as `origins_of` gives them; whether they changed.

    Takes the `version` of the policy that was shown. Every use of a link asks the list again.

    Raises: NotAllowed (security 2.9), ChangedMeanwhile.
    """
    protections.require(by, EDIT, log.UPDATE_AUTHORIZATION_POLICY)
    before = ages.policy_of(tenant).redirect_origins
    if before == origins:
        return False
    new: dict[str, object] = {"redirect_origins": origins}
    changes = [Change("redirectTargets", before, origins)]
    policy.store(tenant, new, changes, by=by, version=version, name="Redirect targets")
    return True
