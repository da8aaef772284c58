"""Directory roles: who holds which, and who may grant them (ROL-1, SEC-83)."""
