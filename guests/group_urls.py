"""Addresses of groups, under those of this room."""

from django.urls import path

from guests.blades import group, groups

urlpatterns = [
    path("", groups.groups, name="groups"),
    path("create/", groups.create_group, name="create_group"),
    path("delete/", groups.delete_groups, name="delete_groups"),
    path("<uuid:group_id>/", group.group, name="group"),
    path("<uuid:group_id>/edit/", group.edit_group, name="edit_group"),
    path("<uuid:group_id>/delete/", group.delete_group, name="delete_group"),
    path("<uuid:group_id>/members/", group.members, name="group_members"),
    path("<uuid:group_id>/members/add/", group.add_members, name="add_members"),
    path("<uuid:group_id>/members/remove/", group.remove_members, name="remove_members"),
    path("<uuid:group_id>/owners/", group.owners, name="group_owners"),
    path("<uuid:group_id>/owners/add/", group.add_owners, name="add_owners"),
    path("<uuid:group_id>/owners/remove/", group.remove_owners, name="remove_owners"),
]
