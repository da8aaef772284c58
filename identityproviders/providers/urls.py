"""URLs of the provider panes; `identityproviders.urls` includes them."""

from django.urls import path

from identityproviders.providers import views
from identityproviders.providers.federations import saml_views
from identityproviders.providers.federations.views import (
    add_domain,
    delete_federation,
    federation_pane,
    refresh_metadata,
    remove_domain,
)
from identityproviders.providers.openid.views import new_openid
from identityproviders.providers.social.views import (
    built_in,
    delete_facebook,
    delete_google,
    facebook,
    google,
)

_PROVIDERS = "external-identities/identity-providers/"
_CUSTOM = f"{_PROVIDERS}custom/"
_PROVIDER = f"{_CUSTOM}<uuid:provider_id>/"

urlpatterns = [
    path(f"{_PROVIDERS}where/", views.where, name="where"),
    path(f"{_PROVIDERS}built-in/<slug:name>/", built_in, name="built_in"),
    path(f"{_PROVIDERS}google/", google, name="google"),
    path(f"{_PROVIDERS}google/delete/", delete_google, name="delete_google"),
    path(f"{_PROVIDERS}facebook/", facebook, name="facebook"),
    path(f"{_PROVIDERS}facebook/delete/", delete_facebook, name="delete_facebook"),
    path(f"{_CUSTOM}new-saml-ws-fed/", saml_views.new_federation, name="new_federation"),
    path(f"{_CUSTOM}new-openid-connect/", new_openid, name="new_openid"),
    path(_PROVIDER, federation_pane, name="federation"),
    path(f"{_PROVIDER}add-domain/", add_domain, name="add_domain"),
    path(f"{_PROVIDER}remove-domain/", remove_domain, name="remove_domain"),
    path(f"{_PROVIDER}refresh/", refresh_metadata, name="refresh_metadata"),
    path(f"{_PROVIDER}delete/", delete_federation, name="delete_federation"),
]
