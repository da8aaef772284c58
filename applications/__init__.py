"""The applications that guests come for."""
