"""The Django app of the console frame."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Navigation, blades, grids, panes and their template tags."""

    name = "portal.console"
    label = "console"
