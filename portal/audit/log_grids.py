"""Columns and filters of the two logs (AUD-3, LOG-2)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.audit import log
from portal.audit.models import Result, SignInStatus
from portal.console.filters import STARTS, in_column
from portal.console.grid import Column, DateFilter, Filter, Grid, TextFilter

AUTHENTICATION_REQUIREMENTS = [
    ("singleFactorAuthentication", _("Single-factor authentication")),
    ("multiFactorAuthentication", _("Multifactor authentication")),
]
CROSS_TENANT_ACCESS_TYPES = [
    ("none", _("None")),
    ("b2bCollaboration", _("B2B collaboration")),
    ("b2bDirectConnect", _("B2B direct connect")),
    ("microsoftSupport", _("Microsoft support")),
    ("serviceProvider", _("Service provider")),
]
"""Values of T24 with their labels."""
SERVICE = "logged_by_service"
UUID_DIGITS = 32
_HEX = re.compile(r"[0-9a-f]{1,32}")


def audit_grid() -> Grid:
    """The audit log. Services, categories and activities are those that some room writes."""
    known = log.known_activities()
    return Grid(
        caption=_("Audit log"),
        columns=[
            Column("date", _("Date"), "created_at", width=196),
            Column("service", _("Service"), None, "opt", width=104),
            Column("category", _("Category"), None, "opt", width=96),
            Column("activity", _("Activity"), width=182),
            Column("status", _("Status"), width=84),
            Column("reason", _("Status reason"), None, "opt", width=84),
            Column("target", _("Target(s)"), None, "opt-2", width=96),
            Column("initiator", _("Initiated by (actor)"), None, "opt", width=98),
        ],
        rows_template="audit/_audit_rows.html",
        found=lambda count: ngettext("%(n)s event", "%(n)s events", count) % {"n": f"{count:,}"},
        default_sort="-date",
        filters=[
            DateFilter("date", _("Date"), "created_at", is_quick=True),
            Filter("status", _("Status"), Result.choices, _is("result"), is_quick=True),
            Filter(
                "service", _("Service"), _same(a.service for a in known), _is("logged_by_service")
            ),
            Filter("category", _("Category"), _same(a.category for a in known), _is("category")),
            Filter("activity", _("Activity"), _same(a.name for a in known), _is("activity")),
            TextFilter("reason", _("Status reason"), in_column("result_reason"), has_empty=True),
            TextFilter("target", _("Target(s)"), _target),
            TextFilter("initiator", _("Initiated by (actor)"), in_column("actor_name")),
        ],
        classes="dense many",
    )


def sign_in_grid() -> Grid:
    """The sign-in log."""
    return Grid(
        caption=_("Sign-in log"),
        columns=[
            Column("date", _("Date"), "created_at", width=196),
            Column("request", _("Request ID"), None, "opt", width=92),
            Column("user", _("User"), width=140),
            Column("application", _("Application"), None, "opt", width=104),
            Column("status", _("Status"), width=92),
            Column("address", _("IP address"), None, "opt-2", width=108),
            Column("requirement", _("Authentication requirement"), None, "opt", width=104),
            Column("access", _("Cross tenant access type"), None, "opt", width=92),
        ],
        rows_template="audit/_sign_in_rows.html",
        found=lambda count: (
            ngettext("%(n)s sign-in", "%(n)s sign-ins", count) % {"n": f"{count:,}"}
        ),
        default_sort="-date",
        filters=[
            DateFilter("date", _("Date"), "created_at", is_quick=True),
            Filter("status", _("Status"), SignInStatus.choices, _is("status"), is_quick=True),
            TextFilter("request", _("Request ID"), _request),
            TextFilter("user", _("User"), _person),
            TextFilter("application", _("Application"), in_column("application")),
            TextFilter("address", _("IP address"), in_column("client_address")),
            Filter(
                "requirement",
                _("Authentication requirement"),
                AUTHENTICATION_REQUIREMENTS,
                _is("authentication_requirement"),
            ),
            Filter(
                "access",
                _("Cross tenant access type"),
                CROSS_TENANT_ACCESS_TYPES,
                _is("cross_tenant_access_type"),
            ),
        ],
        classes="dense many",
    )


def _is(column: str) -> Callable[[str], Q]:
    return lambda value: Q(**{column: value})


def _same(names: Iterable[str]) -> list[tuple[str, str]]:
    """Values that are their own labels: the names of T23 are not translated."""
    return [(name, name) for name in sorted(set(names))]


def _target(operator: str, text: str) -> Q:
    """By name, or by object id."""
    return in_column("target_name")(operator, text) | Q(target_id=text.lower())


def _person(operator: str, text: str) -> Q:
    """By display name, by principal name, or by what was typed."""
    columns = ("user_display_name", "user_principal_name", "sign_in_identifier")
    return reduce(or_, (in_column(column)(operator, text) for column in columns))


def _request(operator: str, text: str) -> Q:
    """By the id, or by the digits it begins with."""
    digits = text.replace("-", "").lower()
    if not _HEX.fullmatch(digits) or (operator != STARTS and len(digits) != UUID_DIGITS):
        return Q(pk__in=[])
    first, last = (uuid.UUID(digits.ljust(UUID_DIGITS, end)) for end in "0f")
    return Q(pk__range=(first, last))
