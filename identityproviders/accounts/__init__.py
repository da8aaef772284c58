"""Accounts with a password: members, and personal accounts of people without an organization."""
