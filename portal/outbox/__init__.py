"""The outbox: every mail is a row before it is a message (REL-1)."""
