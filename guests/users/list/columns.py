"""The columns of All users, and the choice of columns a user keeps (USR-2 to USR-4, USR-9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from guests.html_hooks import USERS_METHOD, USERS_STATE
from guests.models import ListView, User
from guests.sessions.models import BY_LAST_SIGN_IN, split_by_last_sign_in
from guests.templatetags.guests import account_badge, issuer_label, state_badge
from guests.users.models import SORTED_COLUMNS
from portal.console.grid import Column, GridPage
from portal.console.templatetags.console import address, upn_in_middle, when
from portal.hooks import CellsHook

_ = gettext_lazy
Text = str | Promise

Cell = Callable[[User, GridPage], str]


@dataclass(frozen=True)
class UserColumn(Column):
    """A column of All users; `cell` gives what one user shows in it."""

    cell: Cell = lambda _user, _page: ""
    cell_classes: str = ""
    hook: CellsHook | None = None
    """Where apps above write into its cells."""


def _text(attribute: str) -> Cell:
    return lambda user, _page: str(getattr(user, attribute))


def _mail(user: User, _page: GridPage) -> str:
    return address(user.mail_address) if user.mail else ""


def moment_cell(attribute: str) -> Cell:
    """The day of a moment, blank where there is none."""

    def cell(user: User, _page: GridPage) -> str:
        value: datetime | None = getattr(user, attribute)
        return when(value, "list") if value else ""

    return cell


def _hire_date(user: User, _page: GridPage) -> str:
    day: date | None = user.employee_hire_date
    return date_format(day, "DATE_FORMAT") if day else ""


def _principal_name(user: User, _page: GridPage) -> str:
    return upn_in_middle(user.user_principal_name)


def _state(user: User, page: GridPage) -> str:
    shown = page.cells.get(USERS_STATE.name, {}).get(user.pk, "")
    if shown:
        return shown
    if user.is_external:
        return state_badge(user)
    return format_html('<span class="muted">{}</span>', gettext("Not applicable"))


def _method(user: User, page: GridPage) -> str:
    return page.cells.get(USERS_METHOD.name, {}).get(user.pk, "")


def _identities(user: User, _page: GridPage) -> str:
    return issuer_label(user.identity_issuer)


def _user_type(user: User, _page: GridPage) -> str:
    return user.get_user_type_display()


def _creation_type(user: User, _page: GridPage) -> str:
    return user.get_creation_type_display()


def _other_mails(user: User, _page: GridPage) -> str:
    return ", ".join(user.other_mails)


def _synced(user: User, _page: GridPage) -> str:
    return gettext("Yes") if user.on_premises_sync_enabled else gettext("No")


def _enabled(user: User, _page: GridPage) -> str:
    return account_badge(user)


def _manager(user: User, _page: GridPage) -> str:
    manager = user.present_manager
    if manager is None:
        return ""
    url = reverse("guests:user", args=[manager.pk])
    return format_html('<a href="{}">{}</a>', url, manager.display_name)


def _sponsors(user: User, _page: GridPage) -> str:
    return ", ".join(row.name for row in user.sponsorships.all())


def _with_manager(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.select_related("manager")


def _with_last_sign_in(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.select_related("last_sign_in")


def _with_sponsors(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.prefetch_related("sponsorships__sponsor", "sponsorships__group")


def _default(
    name: str,
    label: Text,
    sort: Any,
    cell: Cell,
    *,
    width: int,
    classes: str = "nowrap opt",
    hook: CellsHook | None = None,
) -> UserColumn:
    heading = "opt-2" if "opt-2" in classes else "opt" if "opt" in classes else ""
    return UserColumn(
        name, label, sort, heading, width=width, cell=cell, cell_classes=classes, hook=hook
    )


def _optional(
    name: str,
    label: Text,
    cell: Cell,
    *,
    sort: Any = None,
    classes: str = "nowrap",
    prepare: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None,
    parts: Callable[[QuerySet[Any]], Sequence[QuerySet[Any]]] | None = None,
) -> UserColumn:
    return UserColumn(
        name,
        label,
        sort,
        is_optional=True,
        width=140,
        prepare=prepare,
        parts=parts,
        cell=cell,
        cell_classes=classes,
    )


COLUMNS: list[UserColumn] = [
    UserColumn("name", _("Display name"), "display_name_key", width=140),
    _default(
        "upn",
        _("User principal name"),
        SORTED_COLUMNS["upn"],
        _principal_name,
        width=146,
        classes="cut opt",
    ),
    _default(
        "type", _("User type"), SORTED_COLUMNS["user_type"], _user_type, width=66, classes="opt-2"
    ),
    _default("identities", _("Identities"), SORTED_COLUMNS["issuer"], _identities, width=88),
    _default(
        "state",
        _("Invitation state"),
        SORTED_COLUMNS["state"],
        _state,
        width=160,
        classes="",
        hook=USERS_STATE,
    ),
    _default("created", _("Created date time"), "created_at", moment_cell("created_at"), width=100),
    _default(
        "company", _("Company name"), SORTED_COLUMNS["company"], _text("company_name"), width=72
    ),
    _default(
        "creation", _("Creation type"), SORTED_COLUMNS["creation_type"], _creation_type, width=82
    ),
    _default("synced", _("On-premises sync enabled"), None, _synced, width=52),
    _optional("id", _("Object ID"), _text("pk"), classes="nowrap code"),
    _optional("givenName", _("First name"), _text("given_name")),
    _optional("surname", _("Last name"), _text("surname")),
    _optional("mail", _("Email"), _mail),
    _optional("otherMails", _("Other emails"), _other_mails, classes="cut"),
    _optional("jobTitle", _("Job title"), _text("job_title"), sort=SORTED_COLUMNS["job_title"]),
    _optional(
        "department", _("Department"), _text("department"), sort=SORTED_COLUMNS["department"]
    ),
    _optional("employeeId", _("Employee ID"), _text("employee_id")),
    _optional("employeeType", _("Employee type"), _text("employee_type")),
    _optional("employeeHireDate", _("Employee hire date"), _hire_date),
    _optional("manager", _("Manager"), _manager, prepare=_with_manager),
    _optional("officeLocation", _("Office location"), _text("office_location")),
    _optional("city", _("City"), _text("city")),
    _optional("region", _("State or province"), _text("state")),
    _optional("country", _("Country or region"), _text("country")),
    _optional("accountEnabled", _("Account enabled"), _enabled),
    _optional("usageLocation", _("Usage location"), _text("usage_location")),
    _optional(
        "stateChanged",
        _("Invitation state change date"),
        moment_cell("external_user_state_changed_at"),
    ),
    _optional(
        "lastSignIn",
        _("Last sign-in"),
        moment_cell("last_sign_in_at"),
        sort=BY_LAST_SIGN_IN,
        prepare=_with_last_sign_in,
        parts=split_by_last_sign_in,
    ),
    _optional("sponsors", _("Sponsors"), _sponsors, prepare=_with_sponsors, classes=""),
    UserColumn(
        "expectedMethod",
        _("Expected sign-in method"),
        is_optional=True,
        width=180,
        cell=_method,
        cell_classes="nowrap",
        hook=USERS_METHOD,
    ),
]
"""The default columns (USR-2), with invitation state and creation date among them, and the
optional ones (USR-3). What they are sorted by has an index: `SORTED_COLUMNS`."""


def column_named(name: str, *, is_optional: bool) -> UserColumn:
    """A column of All users for another list; what apps above write into its cells is left out."""
    found = next(column for column in COLUMNS if column.name == name)
    return replace(found, is_optional=is_optional, hook=None)


def choose_columns(user: User, list_name: str, columns: Sequence[str]) -> None:
    """Show `user` these columns in this order from now on; no columns mean the default ones.

    Concerns nothing but what this user sees, so no log tells of it.
    """
    mine = ListView.objects.of(user.tenant).filter(user=user, list_name=list_name)
    if not columns:
        mine.delete()
        return
    ListView.objects.of(user.tenant).update_or_create(
        user=user,
        list_name=list_name,
        defaults={"columns": list(columns)},
        create_defaults={"columns": list(columns), "tenant": user.tenant},
    )


def chosen_columns(user: User, list_name: str) -> list[str]:
    """The names of the columns that `user` chose, none for the default ones."""
    found = ListView.objects.of(user.tenant).filter(user=user, list_name=list_name)
    return list(found.values_list("columns", flat=True).first() or [])
