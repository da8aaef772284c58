"""URLs of the log pages."""

from django.urls import path

from portal.audit import views

app_name = "audit"

urlpatterns = [
    path("users/audit-logs/", views.audit_logs, name="audit_logs"),
    path("users/sign-in-logs/", views.sign_in_logs, name="sign_in_logs"),
]
