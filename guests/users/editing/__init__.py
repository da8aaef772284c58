"""Edit the properties of a user (USR-18, T2)."""
