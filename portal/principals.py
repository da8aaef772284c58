"""Who makes a change: what actions take as `by`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

from portal import permissions


class Principal(permissions.Actor, Protocol):
    """A user, an operator or the system: what rights and log rows need to know of it."""

    @property
    def pk(self) -> Any: ...
    @property
    def display_name(self) -> Any: ...
    @property
    def user_principal_name(self) -> Any: ...
    @property
    def tenant_id(self) -> Any: ...


@dataclass(frozen=True)
class System:
    """The portal itself: a worker, a command or an anonymous visitor.

    It holds no right (SEC-77); an action that it may call asks no rights of it.
    """

    pk: None = None
    display_name: str = ""
    user_principal_name: str = ""
    tenant_id: None = None
    roles: frozenset[str] = frozenset()
    is_guest: bool = False
    is_active: bool = False
    reads_like_members: bool = False


SYSTEM: Final = System()
