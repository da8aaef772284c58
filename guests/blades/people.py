"""The directory as whoever asks may see it: the one way of the blades to people and groups."""

from __future__ import annotations

from guests.directory import Directory
from portal.shell.blades import TenantRequest


def directory(request: TenantRequest) -> Directory:
    """What the signed-in person may find of their tenant (T14)."""
    return Directory(request.tenant, request.user)
