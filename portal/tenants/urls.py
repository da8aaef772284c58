"""URLs of the Organization pages."""

from django.urls import path

from portal.tenants.branding.views import branding, branding_image, preview
from portal.tenants.domains.views import add_domain, domain, domains
from portal.tenants.properties.views import properties

app_name = "tenants"

urlpatterns = [
    path("organization/properties/", properties, name="properties"),
    path("organization/domains/", domains, name="domains"),
    path("organization/domains/add/", add_domain, name="add_domain"),
    path("organization/domains/<uuid:domain_id>/", domain, name="domain"),
    path("organization/branding/", branding, name="branding"),
    path("organization/branding/preview/", preview, name="branding_preview"),
    path("branding/<uuid:tenant_id>/<str:kind>/", branding_image, name="branding_image"),
]
