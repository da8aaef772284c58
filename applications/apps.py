"""Applications guests come for."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    """My Apps; registered applications come with their issue."""

    name = "applications"
    label = "applications"
