"""The bulk operations; each app registers its own when the apps are ready.

`guests` knows how a file is read, run and reported, not what a row does: inviting belongs to an
app above.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.utils.functional import Promise, cached_property

from guests.bulk.file_reading import FileColumn
from guests.models import User
from portal import permissions
from portal.audit.log import USERS, Activity
from portal.hooks import Hook
from portal.permissions import Capability
from portal.tenants.models import Tenant

Text = str | Promise
Values = Mapping[str, str]
"""The cells of a row by property name."""
RunRow = Callable[[Values], uuid.UUID | None]
CheckRow = Callable[[Values], Iterable[tuple[str, str]]]
PredictMethods = Callable[[Tenant, Sequence[Values]], Sequence[str]]
SERVICE = "Microsoft Entra Management UX"
STARTED = Activity("started (bulk)", SERVICE, USERS, "Add")
"""What the audit log says when a job begins (BLK-17, T23)."""


def _nothing_wrong(_by: User) -> CheckRow:
    """Rows of any values may be submitted."""
    return lambda _values: ()


@dataclass(frozen=True)
class BulkOperation:
    """One bulk operation.

    `begin(by, batch)` is entered for some rows that share a transaction; it may read and write
    once what all of them need, and gives the function that does one and says which object it is
    about. That runs in a savepoint of the row's own, and a refusal is a DomainError, whose
    sentence becomes the row's reason. Where a batch fails as a whole, its rows are tried alone,
    each as a batch of one. `checks(by)` gives the
    function that says before the submission what is wrong with a row, as pairs of property and
    sentence. `may` decides who starts such jobs (BLK-13); guests never do (BLK-12).
    """

    name: str
    label: Text
    columns: Sequence[FileColumn]
    example: Callable[[Tenant], Sequence[str]]
    """The example row of the template for a tenant; a row that equals it is refused (BLK-3)."""
    begin: Callable[[User, Sequence[Values]], AbstractContextManager[RunRow]]
    may: Callable[[User, Tenant], bool]
    finished: Activity
    introduction: Text
    second_step: Text
    command: Text
    command_text: Text
    working: Text
    capability: Capability
    """Whose roles are named where somebody may not (USR-12)."""
    checks: Callable[[User], CheckRow] = _nothing_wrong
    icon: str = "people_list"
    predict: PredictMethods | None = None
    """Says how the people of rows that wait will sign in, a blank where that is unknown (BET-1)."""
    is_about_present: bool = True
    """Stands over All users; the others stand over Deleted users (T6)."""

    @property
    def shows_method(self) -> bool:
        """Whether each row says how its person will sign in (BET-1)."""
        return self.predict is not None

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that would do, by their names."""
        return permissions.role_names(self.capability)

    @cached_property
    def secret_indexes(self) -> list[int]:
        """Where passwords stand in a row (BLK-18)."""
        return [index for index, column in enumerate(self.columns) if column.is_secret]

    def is_open_to(self, user: User) -> bool:
        """Whether `user` may start such a job (BLK-12, BLK-13)."""
        return not user.is_guest and user.is_active and self.may(user, user.tenant)


BULK_OPERATIONS: Hook[BulkOperation] = Hook("bulk operations")


def menu_operations(user: User) -> list[tuple[BulkOperation, bool]]:
    """The operations over All users, in order, and whether `user` may start each (USR-12)."""
    return [(op, op.is_open_to(user)) for op in BULK_OPERATIONS if op.is_about_present]


def open_operations(user: User) -> list[BulkOperation]:
    """The operations that `user` may start, in order."""
    return [operation for operation in BULK_OPERATIONS if operation.is_open_to(user)]
