"""All URLs of the portal; the only module that includes those of every app."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from portal import health
from portal.outbox.bounces import provider_events

handler400 = "portal.console.error_pages.bad_request"
handler500 = "portal.console.error_pages.server_error"

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path(f"{settings.PORTAL_OPERATOR_PATH}/", admin.site.urls),
    *([path("demo/", include("portal.demo.mailbox.urls"))] if settings.PORTAL_DEMO else []),
    path("mail-events/", include((provider_events.urls(), "mail_events"))),
    path("", include("portal.console.urls")),
    path("", include("portal.audit.urls")),
    path("", include("portal.outbox.urls")),
    path("", include("portal.tenants.urls")),
    path("", include("guests.urls")),
    path("", include("invitations.urls")),
    path("", include("applications.urls")),
    # Last: it ends in /<tenant>/, which would take addresses of the others.
    path("", include("identityproviders.urls")),
]
