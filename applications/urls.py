"""URLs of the applications app."""

from django.urls import path

from applications.my_apps.views import my_apps, my_apps_by_id

app_name = "applications"

urlpatterns = [
    path("myapps/", my_apps_by_id, name="my_apps_by_id"),
    path("myapps/<str:tenant>/", my_apps, name="my_apps"),
]
