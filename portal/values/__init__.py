"""Values that are parsed once at the edge and stay valid: addresses, URLs, text, CSV cells."""
