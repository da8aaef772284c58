"""The Django admin site of the operators."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.audit import log
from portal.audit.log import Target


class OperationsSite(AdminSite):
    """Lists what the rooms register in their `admin` modules."""

    site_header = site_title = format_lazy(
        _("{product} operations"), product=settings.PORTAL_PRODUCT_NAME
    )

    def password_change(  # type: ignore[override]  # a redirect is its answer to a good form
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Change the operator's own password, with its audit row (AUD-1)."""
        with transaction.atomic():
            response = super().password_change(request, extra_context)
            if request.method == "POST" and response.status_code == 302:
                user: Any = request.user
                log.record(
                    log.CHANGE_PASSWORD,
                    user.tenant,
                    by=user,
                    target=Target.of_user(user),
                    actor_kind="operator",
                )
        return response
