"""Terms of use: documents, versions, acceptance (CON-4)."""
