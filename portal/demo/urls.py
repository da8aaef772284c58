"""Addresses of the demo mailbox; `portal.urls` includes them only in a demo."""

from django.urls import path

from portal.demo import pages

app_name = "demo"

urlpatterns = [
    path("mailbox/", pages.mailbox, name="mailbox"),
    path("mailbox/<slug:name>/", pages.mail, name="mail"),
    path("mailbox/<slug:name>/html/", pages.mail_content, name="mail_content"),
]
