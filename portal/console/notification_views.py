"""Page Notifications, and the bell in the top bar."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from portal import permissions
from portal.console import notifications
from portal.console.blades import TenantRequest, blade
from portal.permissions import Capability


@require_http_methods(["GET", "HEAD", "POST"])
@blade(
    service="home",
    page="notifications",
    title=_("Notifications"),
    capability=Capability.CONSOLE_OPEN,
    is_wizard=True,
)
def notification_list(request: TenantRequest) -> HttpResponse:
    """What the user was told in 30 days; opening it reads them, a POST clears one or all."""
    if request.method == "POST":
        number = request.POST.get("clear", "")
        is_one = number.isascii() and number.isdigit() and len(number) < 19
        if is_one or number == "all":
            notifications.clear_notifications(request.user, int(number) if is_one else None)
        return redirect("console:notifications")
    rows = list(notifications.latest_notifications(request.user)[: notifications.LISTED])
    if any(row.read_at is None for row in rows):
        notifications.mark_all_read(request.user)
    context = {
        "rows": rows,
        "may_read_log": permissions.may(request.user, Capability.AUDIT_LOGS_OPEN),
    }
    return render(request, "console/notifications.html", context)


@require_safe
@blade(
    service="home",
    page="notifications",
    title=_("Notifications"),
    capability=Capability.CONSOLE_OPEN,
    is_wizard=True,
)
def notification_bell(request: TenantRequest) -> HttpResponse:
    """The bell with the number of unread notifications, which the page asks for by itself."""
    count = notifications.count_unread(request.user)
    context = {"unread": count, "is_many": count > notifications.MANY}
    return render(request, "console/_bell.html", context)
