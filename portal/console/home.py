"""Hooks of the page Home: the apps fill its commands and its tiles."""

from __future__ import annotations

from portal.hooks import HtmlHook

HOME_COMMANDS = HtmlHook("home.commands")
HOME_MAIN = HtmlHook("home.main")
"""The wide column: what needs attention, one's own work."""
HOME_SIDE = HtmlHook("home.side")
"""The narrow column: figures and what changed lately."""
