"""Addresses of the panes of identity providers; `urls` takes them in."""

from django.urls import path

from identityproviders.blades import federations, openid, providers, saml, social

_PROVIDERS = "external-identities/identity-providers/"
_CUSTOM = f"{_PROVIDERS}custom/"
_PROVIDER = f"{_CUSTOM}<uuid:provider_id>/"

urlpatterns = [
    path(f"{_PROVIDERS}where/", providers.where, name="where"),
    path(f"{_PROVIDERS}built-in/<slug:name>/", social.built_in, name="built_in"),
    path(f"{_PROVIDERS}google/", social.google, name="google"),
    path(f"{_PROVIDERS}google/delete/", social.delete_google, name="delete_google"),
    path(f"{_PROVIDERS}facebook/", social.facebook, name="facebook"),
    path(f"{_PROVIDERS}facebook/delete/", social.delete_facebook, name="delete_facebook"),
    path(f"{_CUSTOM}new-saml-ws-fed/", saml.new_federation, name="new_federation"),
    path(f"{_CUSTOM}new-openid-connect/", openid.new_openid, name="new_openid"),
    path(_PROVIDER, federations.federation, name="federation"),
    path(f"{_PROVIDER}add-domain/", federations.add_domain, name="add_domain"),
    path(f"{_PROVIDER}remove-domain/", federations.remove_domain, name="remove_domain"),
    path(f"{_PROVIDER}refresh/", federations.refresh_metadata, name="refresh_metadata"),
    path(f"{_PROVIDER}delete/", federations.delete_federation, name="delete_federation"),
]
