"""Addresses of this room."""

from django.urls import path

from portal.audit.blades import logs

app_name = "audit"

urlpatterns = [
    path("users/audit-logs/", logs.audit_logs, name="audit_logs"),
    path("users/sign-in-logs/", logs.sign_in_logs, name="sign_in_logs"),
]
