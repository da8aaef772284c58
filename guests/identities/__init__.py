"""The identities that prove that somebody is a user (T5, DIR-22 to DIR-24)."""
