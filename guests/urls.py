"""Addresses of this room."""

from django.urls import path

from guests.blades import user, users

app_name = "guests"

urlpatterns = [
    path("users/", users.users, name="users"),
    path("users/<uuid:user_id>/", user.user, name="user"),
    path("users/<uuid:user_id>/properties/", user.user_properties, name="user_properties"),
    path("users/<uuid:user_id>/identities/", user.user_identities, name="user_identities"),
    path("users/<uuid:user_id>/revoke-sessions/", user.revoke_sessions, name="revoke_sessions"),
]
