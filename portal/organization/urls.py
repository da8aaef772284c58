"""Addresses of this room."""

from django.urls import path

from portal.organization import pages
from portal.organization.blades import branding, domains, properties

app_name = "organization"

urlpatterns = [
    path("organization/properties/", properties.properties, name="properties"),
    path("organization/domains/", domains.domains, name="domains"),
    path("organization/domains/add/", domains.add_domain, name="add_domain"),
    path("organization/domains/<uuid:domain_id>/", domains.domain, name="domain"),
    path("organization/branding/", branding.branding, name="branding"),
    path("organization/branding/preview/", branding.preview, name="branding_preview"),
    path("branding/<uuid:tenant_id>/<str:kind>/", pages.branding_image, name="branding_image"),
]
