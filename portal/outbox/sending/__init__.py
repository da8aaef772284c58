"""Send the mails of the outbox: claim, build, speak SMTP, sweep (REL-1 to REL-17)."""
