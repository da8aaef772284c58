"""Page Users | Create new user (CRE-1 to CRE-3, T8)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from guests.models import User, UserType
from guests.users.creation import actions
from guests.users.creation.forms import BASICS, REVIEW, CreateForm
from portal import permissions
from portal.console.blades import TenantRequest, blade
from portal.console.wizard import wizard_context
from portal.errors import DomainError, NotAllowed
from portal.permissions import Capability
from portal.tenants.models import Tenant

CREATE = "create"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="all_users",
    title=gettext_lazy("Create new user"),
    capability=Capability.USERS_CREATE,
    is_wizard=True,
    parent="guests:users",
)
def create_user(request: TenantRequest) -> HttpResponse:
    """The wizard: each POST goes to the tab it asks for, `create` creates.

    The answer to the last one shows the password, the only time (CRE-3): it is kept nowhere.
    """
    form = _form(request)
    if request.method != "POST":
        return _page(request, form, BASICS)
    wanted = request.POST.get("go", "")
    if not form.is_valid() or wanted != CREATE:
        if wanted in {CREATE, REVIEW}:
            form.refuse_by_rules()
        tab, status = (REVIEW, 400) if wanted == CREATE else (wanted, 200)
        return _page(request, form, tab, status=status)
    try:
        user, password = create_from(request, form)
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse(error)
        return _page(request, form, REVIEW, status=error.status)
    context = {"subject": user, "password": password, "is_new": True}
    return render(request, "guests/users/password_once.html", context)


def new_user_entry(request: HttpRequest, tenant: Tenant) -> str:
    """*Create new user* in the New user menu, for who may (T6)."""
    user = request.user
    if not isinstance(user, User) or not permissions.may(user, Capability.USERS_CREATE):
        return ""
    return render_to_string("guests/users/_create_entry.html", {}, request)


def _form(request: TenantRequest) -> CreateForm:
    data = request.POST if request.method == "POST" else None
    return CreateForm(data, tenant=request.tenant, creator=request.user)


def _page(request: TenantRequest, form: CreateForm, tab: str, *, status: int = 200) -> HttpResponse:
    context = wizard_context(form, form.step_named(tab))
    return render(request, "guests/users/create_user.html", context, status=status)


def create_from(request: TenantRequest, form: CreateForm) -> tuple[User, str]:
    """Create what a valid form says; gives the user and the password to show once."""
    cleaned = form.cleaned_data
    return actions.create_user(
        request.tenant,
        by=request.user,
        name=cleaned["name"],
        domain=cleaned["domain"],
        display_name=cleaned["display_name"],
        password=form.chosen_password(),
        user_type=UserType(cleaned["user_type"] or UserType.MEMBER),
        groups=form.chosen_groups(),
        roles=form.chosen_roles(),
        profile=form.profile(),
    )
