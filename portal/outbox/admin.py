"""Operators' view of the outbox: every mail with its history, hold, release, retry (issue 2.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.audit.admin import ReadOnlyAdmin, TabularInline
from portal.errors import Conflict
from portal.outbox import actions
from portal.outbox.models import DeliveryAttempt, OutgoingMail, WorkerHeartbeat


class DeliveryAttemptInline(TabularInline):
    """What the relay answered to each try."""

    model = DeliveryAttempt
    fields = ("at", "worker", "outcome", "reply_code", "reply_text")
    readonly_fields = fields
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds."""
        return False


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    """Every mail of every tenant: where it stands, what the relay said; no content, no code."""

    list_display = (
        "created_at",
        "tenant",
        "kind",
        "recipient",
        "state",
        "tries",
        "reply_code",
    )
    list_filter = ("state", "queue", "kind", "tenant")
    search_fields = ("recipient", "=id", "=subject_id")
    list_select_related = ("tenant",)
    inlines = (DeliveryAttemptInline,)
    actions = ("retry", "hold", "release")
    show_full_result_count = False

    @admin.action(description=_("Send again now"))
    def retry(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        """Queue failed, expired and waiting mails again."""
        self._each(request, queryset, actions.retry)

    @admin.action(description=_("Hold back"))
    def hold(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        """Keep queued mails back."""
        self._each(request, queryset, actions.hold)

    @admin.action(description=_("Release"))
    def release(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        """Queue held mails again."""
        self._each(request, queryset, actions.release)

    def _each(
        self, request: HttpRequest, queryset: QuerySet[OutgoingMail], action: Callable[..., None]
    ) -> None:
        """Run `action` on each mail and say how many it moved."""
        moved = 0
        total = 0
        for mail in queryset.select_related("tenant"):
            total += 1
            try:
                action(mail, by=request.user)
                moved += 1
            except Conflict:
                continue
        level = messages.SUCCESS if moved == total else messages.WARNING
        text = ngettext("%(moved)d of %(total)d mail", "%(moved)d of %(total)d mails", total)
        self.message_user(request, text % {"moved": moved, "total": total}, level)


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnlyAdmin):
    """Which workers live (REL-16)."""

    list_display = ("worker", "queue", "seen_at")
