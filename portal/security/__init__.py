"""Keys, sessions, password hashing and response headers."""
