"""Redeem an invitation: link, sign-in, consent (RED-1 to RED-10, CON-1 to CON-8)."""
