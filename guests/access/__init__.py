"""What people may read of the directory: guest access, visibility, pickable people (T14)."""
