"""Page that edits the properties of a user (USR-18)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from guests.models import User
from guests.users.editing import actions
from guests.users.editing.forms import ALL, CATEGORIES, EditForm
from guests.users.page.properties import Property, property_groups
from guests.users.page.views import user_of
from guests.users.queries import list_users
from guests.users.selection import selected_user
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.console.wizard import Tab
from portal.errors import DomainError, NotAllowed
from portal.permissions import Capability

SAVE, FIND, ENTER = "save", "find", "enter"


@require_POST
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("Edit properties"),
    capability=Capability.USERS_EDIT,
    parent="guests:users",
)
def edit_selected(request: TenantRequest) -> HttpResponse:
    """From the list to the form of the selected user (T6)."""
    found = selected_user(request, list_users(request.tenant))
    return redirect("guests:edit_user", user_id=found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("Edit properties"),
    capability=Capability.USERS_READ,
    is_wizard=True,
    parent="guests:users",
)
def edit_user(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """One form on several tabs, with one Save for all of them."""
    found = user_of(request, user_id)
    actions.require_may_edit(found, by=request.user)
    if request.method != "POST":
        form = EditForm(user=found, editor=request.user)
        return _page(request, form, form.step_named(request.GET.get("tab", ALL)))
    form = EditForm(request.POST, user=found, editor=request.user)
    wanted = request.POST.get("go", "")
    if wanted == ENTER:
        wanted = FIND if request.POST.get("find") else ALL if _is_picking(request) else SAVE
    if wanted == FIND:
        return _page(request, form, form.found_by(request.POST.get("find", "")))
    if wanted != SAVE:
        return _page(request, form, form.step_named(wanted))
    if not form.is_valid():
        return _page(request, form, form.step_named(ALL), status=400)
    try:
        actions.edit_user(found, by=request.user, edits=form.edits())
    except NotAllowed:
        raise
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(request, form, form.step_named(ALL), status=refusal.status)
    toasts.succeeded(request, _("%(name)s was saved") % {"name": found.display_name})
    return redirect("guests:user_properties", user_id=found.pk)


def _is_picking(request: TenantRequest) -> bool:
    """Whether somebody is searched for in one of the pickers, so that Enter means *Find*."""
    return any(text and name.endswith("-search") for name, text in request.POST.items())


def _page(request: TenantRequest, form: EditForm, tab: Tab, *, status: int = 200) -> HttpResponse:
    faulty = form.faulty_tabs() if status != 200 else set()
    form.show(tab)
    context = {
        "form": form,
        "subject": form.user,
        "tab": tab,
        "steps": [(step, step == tab, step.name in faulty - {ALL}) for step in form.steps],
        "groups": _groups(form, tab),
        "find": request.POST.get("find", ""),
        "is_search": tab.name == FIND,
        "has_errors": status != 200,
    }
    return render(request, "guests/users/edit_user.html", context, status=status)


def _groups(form: EditForm, tab: Tab) -> list[dict[str, Any]]:
    """The categories on the tab, each with its fields and what only stands there."""
    read_only = _read_only(form.user, {str(field.label) for field in form.fields.values()})
    names = {str(label): name for name, label, _fields in CATEGORIES}
    return [
        {
            "heading": heading,
            "helper": form.group_helper(fields) if fields else None,
            "read_only": [] if tab.name == FIND else read_only[names[str(heading)]],
        }
        for heading, fields in tab.groups
    ]


def _read_only(user: User, labels: set[str]) -> dict[str, list[Property]]:
    """The properties of T2 that the form does not change, by category."""
    return {
        group.name: [p for p in group.properties if str(p.label) not in labels]
        for group in property_groups(user)
    }
