"""The pages of one user (USR-14 to USR-21)."""
