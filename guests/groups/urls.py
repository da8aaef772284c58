"""URLs of groups and of the memberships of a user; `guests.urls` includes them."""

from django.urls import path

from guests.groups import group_views, list_views, membership_views
from guests.roles.views import add_roles, remove_roles, user_roles

urlpatterns = [
    path("groups/", list_views.groups, name="groups"),
    path("groups/create/", list_views.create_group, name="create_group"),
    path("groups/delete/", list_views.delete_groups, name="delete_groups"),
    path("groups/<uuid:group_id>/", group_views.group, name="group"),
    path("groups/<uuid:group_id>/edit/", group_views.edit_group, name="edit_group"),
    path("groups/<uuid:group_id>/delete/", group_views.delete_group, name="delete_group"),
    path("groups/<uuid:group_id>/members/", group_views.members, name="group_members"),
    path("groups/<uuid:group_id>/members/add/", group_views.add_members, name="add_members"),
    path(
        "groups/<uuid:group_id>/members/remove/", group_views.remove_members, name="remove_members"
    ),
    path("groups/<uuid:group_id>/owners/", group_views.owners, name="group_owners"),
    path("groups/<uuid:group_id>/owners/add/", group_views.add_owners, name="add_owners"),
    path("groups/<uuid:group_id>/owners/remove/", group_views.remove_owners, name="remove_owners"),
    path("users/<uuid:user_id>/groups/", membership_views.user_groups, name="user_groups"),
    path(
        "users/<uuid:user_id>/groups/add/", membership_views.add_memberships, name="add_memberships"
    ),
    path(
        "users/<uuid:user_id>/groups/remove/",
        membership_views.remove_memberships,
        name="remove_memberships",
    ),
    path("users/<uuid:user_id>/assigned-roles/", user_roles, name="user_roles"),
    path("users/<uuid:user_id>/assigned-roles/add/", add_roles, name="add_roles"),
    path("users/<uuid:user_id>/assigned-roles/remove/", remove_roles, name="remove_roles"),
    path(
        "users/<uuid:user_id>/applications/",
        membership_views.user_applications,
        name="user_applications",
    ),
    path(
        "users/<uuid:user_id>/sponsored-guests/",
        membership_views.user_sponsored,
        name="user_sponsored",
    ),
]
