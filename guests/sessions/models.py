"""Model LastSignIn: when a user last signed in (USR-16).

A table of its own, so that a sign-in writes a small row and not the user's long one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from guests.users.models import User
from portal.tenants.scoping import TenantModel

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for *never* in the order by last sign-in, whose pages need a value to go on from."""
BY_LAST_SIGN_IN = Coalesce("last_sign_in__moment", models.Value(NEVER))
"""The order of users by their last sign-in (USR-9)."""


def split_by_last_sign_in(
    rows: models.QuerySet[User],
) -> tuple[models.QuerySet[User], models.QuerySet[User]]:
    """Split users into those who signed in and those who never did, each with its `grid_key`.

    One query for both would sort the whole tenant for a page, as no index spans two tables.
    """
    signed_in = rows.filter(last_sign_in__tenant=models.F("tenant"))
    never = rows.filter(last_sign_in__isnull=True)
    return (
        signed_in.annotate(grid_key=models.F("last_sign_in__moment")),
        never.annotate(grid_key=models.Value(NEVER, models.DateTimeField())),
    )


class LastSignIn(TenantModel):
    """The last sign-in of one user; a user who never signed in has no row."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="last_sign_in"
    )
    moment = models.DateTimeField(_("last sign-in"))

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = _("last sign-in")
        verbose_name_plural = _("last sign-in")
        indexes: ClassVar = [
            models.Index(fields=["tenant", "moment", "user"], name="last_sign_in_by_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.moment}"
