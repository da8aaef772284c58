"""Users | Download users (BLK-20, BLK-21)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from guests import queries
from guests.blades.csv_answers import MAXIMUM_FILE_NAME, csv_answer, file_name_of
from guests.blades.users import users_grid
from guests.bulk import exports
from portal.shell.blades import TenantRequest, blade
from portal.shell.grid import narrowed_rows


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="users",
    page="all_users",
    title=_("Download users"),
    capability="users.download",
    parent="guests:users",
)
def download_users(request: TenantRequest) -> HttpResponse:
    """Ask for a file name, then stream the list as filtered at that moment."""
    found, is_narrowed = narrowed_rows(
        request, queries.users(request.tenant), users_grid(request.tenant)
    )
    default = f"users-{timezone.now():%Y-%m-%d}.csv"
    if request.method == "POST":
        name = file_name_of(request.POST.get("name", ""), default)
        return csv_answer(exports.start(found, by=request.user, file_name=name), name)
    context = {
        "count": found.order_by().count(),
        "is_narrowed": is_narrowed,
        "name": default,
        "maximum_length": MAXIMUM_FILE_NAME,
        "columns": list(exports.COLUMNS),
        "back": f"?{request.GET.urlencode()}" if request.GET else "",
    }
    return render(request, "guests/bulk_download.html", context)
