"""Template tags that draw users in lists and on their pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from guests.models import Issuer, User
from guests.picker import Picker
from guests.picker import picker_of as picker_behind
from guests.users.models import DELETED_LIFE
from portal.console.grid import GridPage
from portal.console.templatetags.console import badge

register = template.Library()

SPARK_WIDTH, SPARK_BOTTOM, SPARK_TOP = 300, 44, 4


@register.filter
def issuer_label(issuer: str) -> str:
    """The issuer of an identity as the *Identities* column shows it (T5)."""
    return str(Issuer.PERSONAL.label) if issuer == Issuer.PERSONAL else issuer


@register.simple_tag
def account_badge(user: User) -> SafeString:
    """Whether the account may sign in."""
    if user.account_enabled:
        return badge("ok", _("Enabled"))
    return badge("off", _("Disabled"))


@register.simple_tag
def state_badge(user: User) -> SafeString:
    """The invitation state of an external user."""
    return badge("warn" if user.is_pending else "ok", user.get_external_user_state_display())


@register.simple_tag
def user_cell(column: Any, user: User, page: GridPage) -> str:
    """What `user` shows in a column of All users (USR-2, USR-3)."""
    return conditional_escape(column.cell(user, page))


@register.simple_tag
def picker_of(field: BoundField) -> Picker:
    """What is chosen in a picker and what its search finds."""
    return picker_behind(field)


@register.filter
def permanent_deletion(user: User) -> datetime | None:
    """When the job purges a deleted user (DIR-29)."""
    return user.deleted_at + DELETED_LIFE if user.deleted_at else None


@register.filter
def spark_line(counts: Sequence[int]) -> str:
    """The path of the little chart: `M0 44 L10 24 …`."""
    points = [f"{x:g} {y:g}" for x, y in _points(counts)]
    return "M" + " L".join(points)


@register.filter
def spark_area(counts: Sequence[int]) -> str:
    """The path under the line, closed along the bottom."""
    return f"{spark_line(counts)} V48 H0 Z"


def _points(counts: Sequence[int]) -> list[tuple[float, float]]:
    highest = max(*counts, 1)
    step = SPARK_WIDTH / max(len(counts) - 1, 1)
    height = SPARK_BOTTOM - SPARK_TOP
    return [
        (round(index * step, 1), round(SPARK_BOTTOM - height * count / highest, 1))
        for index, count in enumerate(counts)
    ]
