"""Invitations and what happens to them."""
