"""Addresses of this room."""

from django.urls import path

from applications.pages import my_apps

app_name = "applications"

urlpatterns = [
    path("myapps/", my_apps.my_apps_by_id, name="my_apps_by_id"),
    path("myapps/<str:tenant>/", my_apps.my_apps, name="my_apps"),
]
