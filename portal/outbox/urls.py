"""Addresses of this room."""

from django.urls import path

from portal.outbox.blades import mail_delivery

app_name = "outbox"

urlpatterns = [
    path("mail-delivery/", mail_delivery.mail_delivery, name="mail_delivery"),
    path("mail-delivery/suppressed/", mail_delivery.suppressed, name="suppressed"),
    path(
        "mail-delivery/suppressed/<uuid:suppressed_id>/clear/",
        mail_delivery.clear,
        name="clear_suppression",
    ),
    path("mail-delivery/<uuid:mail_id>/", mail_delivery.mail, name="mail"),
]
