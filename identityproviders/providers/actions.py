"""Check the right and write the audit row for changes of identity providers (T17, T23)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from guests.models import User
from identityproviders.models import Federation, SocialProvider
from portal import permissions
from portal.audit import log
from portal.audit.log import Activity, Change, Details, Target
from portal.errors import Conflict, NotAllowed
from portal.permissions import Capability
from portal.principals import System
from portal.tenants.models import Tenant


class ProviderChanged(Conflict):
    """Somebody else saved the provider since this page was opened."""

    message = _(
        "Somebody else changed this provider meanwhile. You see what holds now; nothing of yours "
        "was saved."
    )


class ProviderGone(Conflict):
    """Somebody else deleted the provider first."""

    message = _("This provider was deleted meanwhile.")


def require_may_edit(
    tenant: Tenant, by: User, activity: Activity, target: Target | None = None
) -> None:
    """Require the right to change providers of `tenant`; log a refusal (AUD-1, T17).

    Call it outside the transaction of the change. Raises: NotAllowed.
    """
    with log.refusals(activity, tenant, by=by, target=target):
        if by.tenant_id != tenant.pk:
            raise NotAllowed(
                capability=Capability.PROVIDERS_EDIT,
                roles=permissions.role_names(Capability.PROVIDERS_EDIT),
            )
        permissions.require(by, Capability.PROVIDERS_EDIT)


def provider_target(provider: SocialProvider | Federation) -> Target:
    """The provider as the audit log names it."""
    return Target("IdentityProvider", str(provider.pk), str(provider))


def record_provider_change(
    activity: Activity,
    provider: SocialProvider | Federation,
    *,
    by: User | System,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    additional: Mapping[str, object] | None = None,
) -> None:
    """Write the audit row of a change, with every property that differs; never a secret (AUD-4)."""
    old, new = before or {}, after or {}
    changes = [
        Change(name, old.get(name), new.get(name))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]
    log.record(
        activity,
        provider.tenant,
        by=by,
        target=provider_target(provider),
        details=Details(changes=changes, additional=additional or {}),
    )
