"""The Django app of applications."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    """My Apps; registered applications come with their issue."""

    name = "applications"
    label = "applications"
