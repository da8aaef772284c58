"""URLs of the demo mailbox; `portal.urls` includes them only in a demo."""

from django.urls import path

from portal.demo.mailbox import views

app_name = "demo"

urlpatterns = [
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<slug:name>/", views.mail, name="mail"),
    path("mailbox/<slug:name>/html/", views.mail_content, name="mail_content"),
]
