"""SAML 2.0 and WS-Fed as a relying party; the only room for XML and its signatures (SEC-116)."""
