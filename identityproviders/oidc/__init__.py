"""OpenID Connect as a relying party; the only room that imports authlib and joserfc (SEC-116)."""
