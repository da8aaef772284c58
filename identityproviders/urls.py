"""Addresses of this room."""

from django.urls import URLPattern

app_name = "identityproviders"

urlpatterns: list[URLPattern] = []
