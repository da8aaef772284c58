"""Serve the photo of a user, and the pane that changes it (T2 Photo)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from guests.access import visibility
from guests.access.visibility import Reach
from guests.models import User
from guests.photos import actions, images
from guests.users.page.views import overview, user_of
from guests.users.queries import find_photo
from portal import permissions
from portal.console import toasts
from portal.console.blades import TenantRequest, blade
from portal.errors import DomainError, InvalidInput, NotAllowed
from portal.permissions import Capability

A_YEAR = 365 * 24 * 60 * 60
REMOVE = "remove"


@require_safe
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Photo"),
    capability=Capability.USERS_READ,
    parent="guests:users",
)
def user_photo(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """The picture, for viewers who may see the person (T14).

    `v` names the version: an address with the current one never shows anything else.
    """
    visibility.require_visible(request.user, user_id, Reach.BASICS)
    found = find_photo(request.tenant, user_id)
    if found is None:
        raise Http404
    version, content = found
    response = HttpResponse(content, content_type=images.CONTENT_TYPE)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    if request.GET.get("v") == version:
        patch_cache_control(response, private=True, max_age=A_YEAR, immutable=True)
    else:
        patch_cache_control(response, private=True, no_cache=True)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="overview",
    title=gettext_lazy("Photo"),
    capability=Capability.USERS_READ,
    parent="guests:users",
    menu="user",
)
def edit_photo(request: TenantRequest, user_id: UUID) -> HttpResponse:
    """Upload another photo, or remove it."""
    found = user_of(request, user_id)
    error, status = "", 200
    if not actions.may_edit_photo(request.user, found):
        permissions.require(request.user, Capability.USERS_EDIT)
    if request.method == "POST":
        try:
            return _change(request, found)
        except NotAllowed:
            raise
        except DomainError as refusal:
            error, status = str(refusal), refusal.status
    context = {**overview(request, found), "error": error}
    return render(request, "guests/photos/edit_photo.html", context, status=status)


def _change(request: TenantRequest, found: User) -> HttpResponse:
    names = {"name": found.display_name}
    if request.POST.get("go") == REMOVE:
        actions.remove_photo(found, by=request.user)
        toasts.succeeded(request, _("The photo of %(name)s was removed") % names)
    else:
        upload = request.FILES.get("photo")
        content = upload.file if upload else None
        if content is None:
            raise InvalidInput("photo", _("Choose a file first."))
        actions.set_photo(found, by=request.user, file=content)
        toasts.succeeded(request, _("The photo of %(name)s was saved") % names)
    return redirect("guests:user", user_id=found.pk)
