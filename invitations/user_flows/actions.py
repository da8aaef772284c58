"""Create, change and delete user flows (SSU-1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.models import User
from invitations.inviting import checks
from invitations.models import UserFlow
from invitations.user_flows.models import PREFIX
from portal.audit import log, rights
from portal.audit.log import Activity, Change, Details, Target
from portal.errors import ChangedMeanwhile, Conflict, InvalidInput
from portal.permissions import Capability
from portal.tenants.models import Tenant

CREATE_FLOW = Activity("Create user flow", "B2C", "ResourceManagement", "Add")
UPDATE_FLOW = Activity("Update user flow", "B2C", "ResourceManagement", "Update")
DELETE_FLOW = Activity("Delete user flow", "B2C", "ResourceManagement", "Delete")
ATTRIBUTES = {
    "display_name": gettext_lazy("Display name"),
    "given_name": gettext_lazy("First name"),
    "surname": gettext_lazy("Last name"),
    "job_title": gettext_lazy("Job title"),
    "company_name": gettext_lazy("Company name"),
    "street_address": gettext_lazy("Street address"),
    "postal_code": gettext_lazy("ZIP or postal code"),
    "city": gettext_lazy("City"),
    "state": gettext_lazy("State or province"),
    "country": gettext_lazy("Country or region"),
    "business_phone": gettext_lazy("Business phone"),
}
"""What a flow can collect (T2), in the order it is asked."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


class SelfServiceOff(Conflict):
    """The tenant does not allow self-service sign-up (COL-6)."""

    message = gettext_lazy(
        "Self-service sign-up is off. Turn it on in External collaboration settings first."
    )


class FlowGone(Conflict):
    """Somebody else deleted the flow first."""

    message = gettext_lazy("This user flow was deleted meanwhile.")


@dataclass(frozen=True)
class FlowSettings:
    """What a flow offers beside accounts of organizations, and what it asks."""

    offers_microsoft_account: bool = False
    offers_passcode: bool = False
    offers_google: bool = False
    offers_facebook: bool = False
    attributes: Sequence[str] = ()

    @classmethod
    def of(cls, flow: UserFlow) -> FlowSettings:
        """As the row has them."""
        return cls(
            offers_microsoft_account=flow.offers_microsoft_account,
            offers_passcode=flow.offers_passcode,
            offers_google=flow.offers_google,
            offers_facebook=flow.offers_facebook,
            attributes=list(flow.attributes),
        )

    @property
    def columns(self) -> dict[str, object]:
        """The values to store; attributes once each, in their order."""
        return asdict(self) | {"attributes": [n for n in ATTRIBUTES if n in self.attributes]}


def name_of(text: str) -> str:
    """The whole name, with its prefix (SSU-1). Raises: InvalidInput at `name`."""
    bare = text.strip().removeprefix(PREFIX)
    if not _NAME.match(bare):
        raise InvalidInput(
            "name", _("Use 1 to 64 letters from A to Z, digits, hyphens and underscores.")
        )
    return PREFIX + bare


def create_user_flow(tenant: Tenant, name: str, settings: FlowSettings, *, by: User) -> UserFlow:
    """Make a user flow.

    Raises: NotAllowed (T17), SelfServiceOff (COL-6), InvalidInput at `name`.
    """
    rights.require_right(by, Capability.USER_FLOWS_EDIT, CREATE_FLOW)
    _require_on(tenant)
    flow = UserFlow(tenant=tenant, name=name_of(name), **settings.columns)
    try:
        with transaction.atomic():
            flow.save(force_insert=True)
            _record(CREATE_FLOW, flow, by, FlowSettings(), settings)
    except IntegrityError as error:
        raise InvalidInput("name", _("There is a user flow with this name already.")) from error
    return flow


def update_user_flow(flow: UserFlow, settings: FlowSettings, *, by: User, version: int) -> None:
    """Change what a flow offers and asks; it acts at the next sign-up.

    Raises: NotAllowed (T17), SelfServiceOff (COL-6), ChangedMeanwhile.
    """
    rights.require_right(by, Capability.USER_FLOWS_EDIT, UPDATE_FLOW)
    _require_on(flow.tenant)
    with transaction.atomic():
        stored = UserFlow.objects.of(flow.tenant).filter(pk=flow.pk, version=version)
        if not stored.update(**settings.columns, version=F("version") + 1):
            raise ChangedMeanwhile
        _record(UPDATE_FLOW, flow, by, FlowSettings.of(flow), settings)


def delete_user_flow(flow: UserFlow, *, by: User) -> None:
    """Delete a flow; its page is gone, the guests who came through it stay.

    Raises: NotAllowed (T17), FlowGone.
    """
    rights.require_right(by, Capability.USER_FLOWS_EDIT, DELETE_FLOW)
    with transaction.atomic():
        gone, _by_model = UserFlow.objects.of(flow.tenant).filter(pk=flow.pk).delete()
        if not gone:
            raise FlowGone
        _record(DELETE_FLOW, flow, by, FlowSettings.of(flow), FlowSettings())


def _require_on(tenant: Tenant) -> None:
    if not checks.policy_of(tenant).is_self_service_allowed:
        raise SelfServiceOff


def _record(
    activity: Activity, flow: UserFlow, by: User, old: FlowSettings, new: FlowSettings
) -> None:
    before, after = old.columns, new.columns
    changes = [Change(n, before[n], after[n]) for n in before if before[n] != after[n]]
    target = Target("UserFlow", str(flow.pk), flow.name)
    log.record(activity, flow.tenant, by=by, target=target, details=Details(changes=changes))
