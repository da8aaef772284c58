"""URLs of the console frame."""

from django.urls import path

from portal.console import notification_views, views

app_name = "console"

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search_console, name="search"),
    path("notifications/", notification_views.notification_list, name="notifications"),
    path("notifications/bell/", notification_views.notification_bell, name="bell"),
    path("language/", views.choose_language, name="choose_language"),
    path("branding/<uuid:tenant_id>.css", views.tenant_css, name="tenant_css"),
]
