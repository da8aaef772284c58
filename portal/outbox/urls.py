"""URLs of Mail delivery."""

from django.urls import path

from portal.outbox import views

app_name = "outbox"

urlpatterns = [
    path("mail-delivery/", views.mail_delivery, name="mail_delivery"),
    path("mail-delivery/suppressed/", views.suppressed, name="suppressed"),
    path(
        "mail-delivery/suppressed/<uuid:suppressed_id>/clear/",
        views.clear,
        name="clear_suppression",
    ),
    path("mail-delivery/<uuid:mail_id>/", views.mail, name="mail"),
]
