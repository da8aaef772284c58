"""The security headers of every answer, as values (SEC-68, SEC-69)."""

CONTENT_SECURITY_POLICY: dict[str, list[str]] = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
}
"""SEC-69. A page of an authorization transaction adds its client's origin to `form-action`."""

HEADERS: dict[str, str] = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
"""The headers of SEC-68 that Django has no setting for."""

HSTS_SECONDS = 31_536_000
"""One year, sent over https only (SEC-68)."""
