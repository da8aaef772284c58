"""Addresses of groups, and of what a user belongs to, under those of this room."""

from django.urls import path

from guests.blades import group, groups, user_groups, user_roles

urlpatterns = [
    path("groups/", groups.groups, name="groups"),
    path("groups/create/", groups.create_group, name="create_group"),
    path("groups/delete/", groups.delete_groups, name="delete_groups"),
    path("groups/<uuid:group_id>/", group.group, name="group"),
    path("groups/<uuid:group_id>/edit/", group.edit_group, name="edit_group"),
    path("groups/<uuid:group_id>/delete/", group.delete_group, name="delete_group"),
    path("groups/<uuid:group_id>/members/", group.members, name="group_members"),
    path("groups/<uuid:group_id>/members/add/", group.add_members, name="add_members"),
    path("groups/<uuid:group_id>/members/remove/", group.remove_members, name="remove_members"),
    path("groups/<uuid:group_id>/owners/", group.owners, name="group_owners"),
    path("groups/<uuid:group_id>/owners/add/", group.add_owners, name="add_owners"),
    path("groups/<uuid:group_id>/owners/remove/", group.remove_owners, name="remove_owners"),
    path("users/<uuid:user_id>/groups/", user_groups.user_groups, name="user_groups"),
    path("users/<uuid:user_id>/groups/add/", user_groups.add_memberships, name="add_memberships"),
    path(
        "users/<uuid:user_id>/groups/remove/",
        user_groups.remove_memberships,
        name="remove_memberships",
    ),
    path("users/<uuid:user_id>/assigned-roles/", user_roles.user_roles, name="user_roles"),
    path("users/<uuid:user_id>/assigned-roles/add/", user_roles.add_roles, name="add_roles"),
    path(
        "users/<uuid:user_id>/assigned-roles/remove/", user_roles.remove_roles, name="remove_roles"
    ),
    path(
        "users/<uuid:user_id>/applications/",
        user_groups.user_applications,
        name="user_applications",
    ),
    path(
        "users/<uuid:user_id>/sponsored-guests/", user_groups.user_sponsored, name="user_sponsored"
    ),
]
