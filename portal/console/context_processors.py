"""Values that every template may use."""

from django.conf import settings
from django.http import HttpRequest


def product(request: HttpRequest) -> dict[str, object]:
    """The product's name (decision 1), whether this is a demo, and the blade of the page."""
    return {
        "product_name": settings.PORTAL_PRODUCT_NAME,
        "languages": settings.LANGUAGES,
        "is_demo": settings.PORTAL_DEMO,
        "blade": getattr(request, "blade", None),
    }
