"""External Identities: the overview, the list of invitations, their part of user pages (EXT-2)."""
