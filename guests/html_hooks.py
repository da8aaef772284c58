"""Hooks for the places on user pages where other apps add HTML."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from guests.models import User
from portal.hooks import CellsHook, Hook, HtmlHook

USER_TILES = HtmlHook("user.tiles")
USER_COMMANDS = HtmlHook("user.commands")
USERS_COMMANDS = HtmlHook("users.commands")
"""More commands for the users selected in the list."""
USER_FACTS = HtmlHook("user.facts")
USER_METHODS = HtmlHook("user.methods")
USER_APPLICATIONS = HtmlHook("user.applications")
NEW_USER_ENTRIES = HtmlHook("users.new")
"""The entries of the menu New user."""
UNKNOWN_PERSON = HtmlHook("picker.unknown")
"""What a picker of people offers for an address that it does not find."""

USERS_STATE = CellsHook("users.state")
USERS_METHOD = CellsHook("users.method")

APPLICATION_COUNTS: Hook[Callable[[HttpRequest, User], int]] = Hook("application counts")
"""How many applications a user has, as the Overview of the user counts them (USR-16)."""
