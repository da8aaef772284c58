"""Forms about users."""
