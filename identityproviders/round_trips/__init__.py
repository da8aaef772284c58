"""A browser sent to an outside provider and its answer on the way back (SEC-42 to SEC-50)."""
