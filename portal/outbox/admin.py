"""Django admin pages of the outbox: mails with their history, hold, release, retry."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from csp.decorators import csp
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.audit import log
from portal.audit.admin import ReadOnlyAdmin, TabularInline
from portal.audit.log import Target
from portal.errors import Conflict, NotFound
from portal.outbox import mail_types
from portal.outbox.actions import hold_mail, release_mail, retry_mail
from portal.outbox.bounces import suppressions
from portal.outbox.models import DeliveryAttempt, OutgoingMail, SuppressedAddress, WorkerHeartbeat
from portal.outbox.sending import sweeper
from portal.outbox.sending.messages import Content
from portal.principals import Principal
from portal.tenants.models import PLATFORM_TENANT_ID, RowFailure, Tenant

_MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
}
"""Of the page that is a mail: its styles stand in it, and nothing else may happen there."""


class DeliveryAttemptInline(TabularInline):
    """What the relay answered to each try."""

    model = DeliveryAttempt
    fields = ("at", "worker", "outcome", "reply_code", "reply_text")
    readonly_fields = fields
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to add rows."""
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
    change_list_template = "admin/outbox/outgoingmail/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        """The previews of both mails besides the lists."""
        view = self.admin_site.admin_view
        own = [
            path("previews/", view(self.previews), name="outbox_mail_previews"),
            path(
                "previews/<slug:kind>/<slug:language>/",
                view(csp(_MAIL_POLICY)(self.preview_html)),  # type: ignore[arg-type]  # of any view
                name="outbox_mail_preview",
            ),
        ]
        return [*own, *super().get_urls()]

    def previews(self, request: HttpRequest) -> HttpResponse:
        """Every kind of mail with sample data: headers, text part, the way to its HTML part."""
        languages = dict(settings.LANGUAGES)
        language = request.GET.get("language", settings.LANGUAGE_CODE)
        if language not in languages:
            raise Http404
        samples = [(k, k.sample(language)) for k in mail_types.MAIL_TYPES if k.sample is not None]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Mail previews"),
            "opts": self.opts,
            "samples": samples,
            "languages": languages,
            "language": language,
            "sender": settings.PORTAL_MAIL_FROM,
        }
        return render(request, "admin/outbox/outgoingmail/previews.html", context)

    def preview_html(self, request: HttpRequest, kind: str, language: str) -> HttpResponse:
        """The HTML part of one kind's sample, as a page of its own."""
        return HttpResponse(_sample(kind, language).html)

    @admin.action(description=_("Send again now"))
    def retry(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        """Queue failed, expired and waiting mails again."""
        self._each(request, queryset, retry_mail)

    @admin.action(description=_("Hold back"))
    def hold(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        """Keep queued mails back."""
        self._each(request, queryset, hold_mail)

    @admin.action(description=_("Release"))
    def release(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        """Queue held mails again."""
        self._each(request, queryset, release_mail)

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


def _sample(kind: str, language: str) -> Content:
    """The sample of a kind in a language. Raises: Http404."""
    found = mail_types.MAIL_TYPES.get(kind)
    if found is None or found.sample is None or language not in dict(settings.LANGUAGES):
        raise Http404
    return found.sample(language)


@admin.register(SuppressedAddress)
class SuppressedAddressAdmin(ReadOnlyAdmin):
    """Addresses that mail bounced from, in every tenant, and the way out."""

    list_display = ("created_at", "tenant", "address", "status", "reason")
    list_filter = ("tenant",)
    search_fields = ("address",)
    list_select_related = ("tenant",)
    actions = ("clear",)
    show_full_result_count = False

    @admin.action(description=_("Clear: let mail go there again"))
    def clear(self, request: HttpRequest, queryset: QuerySet[SuppressedAddress]) -> None:
        """Clear each, with its audit row."""
        cleared = 0
        for row in queryset.select_related("tenant"):
            with suppress(NotFound):
                suppressions.clear_as_operator(row, by=cast("Principal", request.user))
                cleared += 1
        text = ngettext("%(n)d address cleared", "%(n)d addresses cleared", cleared)
        self.message_user(request, text % {"n": cleared}, messages.SUCCESS)


@admin.register(RowFailure)
class RowFailureAdmin(ReadOnlyAdmin):
    """Rows that a piece of work failed at, of every tenant, and their next try (REL-10)."""

    list_display = ("failed_at", "work", "key", "count", "problem", "due_at")
    list_filter = ("work",)
    actions = ("try_again",)
    show_full_result_count = False

    @admin.action(description=_("Try again at the next turn"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[RowFailure]) -> None:
        """Forget that these rows failed, with an audit row each."""
        platform = Tenant.objects.get(pk=PLATFORM_TENANT_ID)
        with transaction.atomic():
            for row in queryset:
                log.record(
                    log.OPERATOR_CHANGE,
                    platform,
                    by=cast("Principal", request.user),
                    target=Target("RowFailure", row.key, row.work),
                    actor_kind="operator",
                )
                row.delete()


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnlyAdmin):
    """Which workers live (REL-16)."""

    list_display = ("worker", "queue", "seen_at", "is_alive")

    @admin.display(boolean=True, description=_("alive"))
    def is_alive(self, row: Any) -> bool:
        """Whether the worker showed itself lately."""
        return bool(row.age < sweeper.HEARTBEAT_MAXIMUM_AGE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkerHeartbeat]:
        """Give each row its age by the database's clock."""
        age = ExpressionWrapper(Now() - F("seen_at"), output_field=DurationField())
        rows: QuerySet[WorkerHeartbeat] = super().get_queryset(request)
        return rows.annotate(age=age)
