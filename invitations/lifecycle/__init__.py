"""What happens to an invitation later: resend, revoke, reset, restore, convert (INV-13 ff.)."""
