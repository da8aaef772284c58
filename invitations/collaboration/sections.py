"""The choices on External collaboration settings, and saving all that was posted at once.

Each section has its own right (T17) and remembers what it showed, so that of two administrators
the second one is told (BET-8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guests.access.actions import GUEST_ACCESS, choose_guest_access
from guests.models import User
from invitations.collaboration import actions, domain_list
from invitations.collaboration.rules import Restriction
from portal.console.forms import number_in
from portal.errors import Conflict, DomainError, InvalidInput, NotConfirmed
from portal.permissions import InvitePolicy
from portal.tenant_settings import TenantSetting
from portal.tenants.models import GuestAccess, Tenant

LISTS = {Restriction.DENY: "deny_domains", Restriction.ALLOW: "allow_domains"}
"""The field of each kind; a list is never read as the other kind (COL-11)."""


@dataclass(frozen=True)
class Section:
    """One choice: the field it is posted under, and `save(tenant, wanted, by, shown)`."""

    name: str
    setting: TenantSetting
    choices: frozenset[str]
    refusal: Promise
    save: Callable[[Tenant, str, User, str], object]

    @property
    def shown_name(self) -> str:
        """The hidden field with the value that the page showed."""
        return f"{self.name}_shown"

    def is_changed_in(self, data: QueryDict) -> bool:
        """Whether the section was posted with another value than the one shown."""
        return self.name in data and data.get(self.name) != data.get(self.shown_name)

    def save_posted(self, tenant: Tenant, data: QueryDict, by: User) -> None:
        """Save what was posted. Raises: NotAllowed, InvalidInput, Conflict."""
        wanted, shown = data.get(self.name, ""), data.get(self.shown_name, "")
        if not self.choices.issuperset({wanted, shown}):
            raise InvalidInput(self.name, self.refusal)
        self.save(tenant, wanted, by, shown)


_ANSWERS = {"yes": True, "no": False}
SECTIONS = (
    Section(
        "guest_access",
        GUEST_ACCESS,
        frozenset(GuestAccess.values),
        _("Choose one of the three."),
        lambda tenant, wanted, by, shown: choose_guest_access(
            tenant, GuestAccess(wanted), by=by, shown=GuestAccess(shown)
        ),
    ),
    Section(
        "invites",
        actions.INVITE_POLICY,
        frozenset(policy.value for policy in InvitePolicy),
        _("Choose one of the four."),
        lambda tenant, wanted, by, shown: actions.choose_invite_policy(
            tenant, InvitePolicy(wanted), by=by, shown=InvitePolicy(shown)
        ),
    ),
    Section(
        "self_service",
        actions.SELF_SERVICE,
        frozenset(_ANSWERS),
        _("Choose Yes or No."),
        lambda tenant, wanted, by, shown: actions.choose_self_service(
            tenant, _ANSWERS[wanted], by=by, shown=_ANSWERS[shown]
        ),
    ),
    Section(
        "leave",
        actions.LEAVE,
        frozenset(_ANSWERS),
        _("Choose Yes or No."),
        lambda tenant, wanted, by, shown: actions.choose_leave(
            tenant, _ANSWERS[wanted], by=by, shown=_ANSWERS[shown]
        ),
    ),
)


@dataclass(frozen=True)
class Saved:
    """What became of a save: the errors by field with their status, or whether anything changed."""

    errors: Mapping[str, str]
    status: int = 200
    is_changed: bool = False


def require_may_save(tenant: Tenant, data: QueryDict, by: User) -> None:
    """Pass if `by` may change each section that was posted, or any if none was (T17).

    A refusal is logged, so call it outside the transaction of the change. Raises: NotAllowed.
    """
    settings = [section.setting for section in SECTIONS if section.is_changed_in(data)]
    if "restriction" in data:
        settings.append(actions.RESTRICTIONS)
    for setting in settings or [actions.RESTRICTIONS]:
        setting.require_may_edit(tenant, by)


def save_posted_sections(tenant: Tenant, data: QueryDict, by: User) -> Saved:
    """Save every section that was posted with another value, all of them or none.

    Raises: NotAllowed; NotConfirmed for restrictions that concern guests (COL-13), when nothing
    else stands against the save.
    """
    require_may_save(tenant, data, by)
    changed = [section for section in SECTIONS if section.is_changed_in(data)]
    refusals: list[tuple[str, DomainError]] = []
    is_restricted = False
    with transaction.atomic():
        for section in changed:
            try:
                section.save_posted(tenant, data, by)
            except (InvalidInput, Conflict) as refusal:
                refusals.append((section.name, refusal))
        if "restriction" in data:
            try:
                is_restricted = _save_restrictions(tenant, data, by)
            except InvalidInput as refusal:
                refusals.append((refusal.field, refusal))
            except NotConfirmed:
                if not refusals:
                    raise
            except Conflict as refusal:
                refusals.append(("restriction", refusal))
        transaction.set_rollback(bool(refusals))
    if refusals:
        tenant.refresh_from_db()
    return Saved(
        {field: str(refusal) for field, refusal in refusals},
        _status(refusal for _field, refusal in refusals),
        bool(changed or is_restricted),
    )


def _save_restrictions(tenant: Tenant, data: QueryDict, by: User) -> bool:
    restriction, names = restriction_of(data)
    return actions.save_restrictions(
        tenant,
        restriction,
        names,
        by=by,
        version=number_in(data, "version"),
        confirmed=data.get("confirmed", ""),
    )


def restriction_of(data: QueryDict) -> tuple[Restriction, frozenset[str]]:
    """The kind and the list that were posted.

    Raises: InvalidInput at `restriction`, or at the field of the list.
    """
    text = data.get("restriction", "")
    if text not in set(Restriction):
        raise InvalidInput("restriction", _("Choose one of the three."))
    restriction = Restriction(text)
    field = LISTS.get(restriction)
    if field is None:
        return restriction, frozenset()
    return restriction, domain_list.parse_domain_list(data.get(field, ""), field)


def _status(refusals: Iterable[DomainError]) -> int:
    """The status of the page: 400 where something typed is wrong, else that of the conflict."""
    statuses = [refusal.status for refusal in refusals]
    return min(statuses, default=200)
