"""People of a tenant: members and guests."""
