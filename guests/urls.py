"""Addresses of this room."""

from django.urls import path

from guests import group_urls
from guests.blades import (
    bulk,
    bulk_download,
    bulk_results,
    create,
    deleted_users,
    deletion,
    edit,
    methods,
    password_reset,
    photo,
    revocation,
    user,
    user_logs,
    user_settings,
    user_view,
    users,
)

app_name = "guests"

urlpatterns = [
    *group_urls.urlpatterns,
    path("users/", users.users, name="users"),
    path("users/create/", create.create_user, name="create_user"),
    path("users/delete/", deletion.delete_users, name="delete_users"),
    path("users/settings/", user_settings.user_settings, name="user_settings"),
    path("users/password-reset/", user_settings.password_reset, name="password_reset_policy"),
    path("users/columns/", user_view.edit_columns, name="edit_columns"),
    path("users/revoke-sessions/", revocation.revoke_selected, name="revoke_selected"),
    path("users/per-user-mfa/", methods.per_user_mfa, name="per_user_mfa"),
    path("users/edit/", edit.edit_selected, name="edit_selected"),
    path("users/reset-password/", password_reset.reset_selected, name="reset_selected"),
    path("users/deleted/", deleted_users.deleted_users, name="deleted_users"),
    path("users/deleted/restore/", deleted_users.restore_users, name="restore_users"),
    path("users/deleted/delete-permanently/", deleted_users.purge_users, name="purge_users"),
    path("users/download/", bulk_download.download_users, name="download_users"),
    path("users/bulk-operation-results/", bulk_results.bulk_results, name="bulk_results"),
    path("users/bulk/<slug:kind_name>/", bulk.operation, name="bulk"),
    path("users/bulk/<slug:kind_name>/template/", bulk.template, name="bulk_template"),
    path("users/bulk/jobs/<uuid:job_id>/", bulk.job, name="bulk_job"),
    path("users/bulk/jobs/<uuid:job_id>/progress/", bulk.progress, name="bulk_progress"),
    path("users/bulk/jobs/<uuid:job_id>/submit/", bulk.submit, name="bulk_submit"),
    path("users/bulk/jobs/<uuid:job_id>/cancel/", bulk.cancel, name="bulk_cancel"),
    path("users/bulk/jobs/<uuid:job_id>/results/", bulk.results_file, name="bulk_results_file"),
    path("users/<uuid:user_id>/", user.user, name="user"),
    path("users/<uuid:user_id>/monitoring/", user.user_monitoring, name="user_monitoring"),
    path("users/<uuid:user_id>/properties/", user.user_properties, name="user_properties"),
    path("users/<uuid:user_id>/properties/edit/", edit.edit_user, name="edit_user"),
    path("users/<uuid:user_id>/authentication-methods/", methods.user_methods, name="user_methods"),
    path("users/<uuid:user_id>/photo/", photo.user_photo, name="user_photo"),
    path("users/<uuid:user_id>/photo/edit/", photo.edit_photo, name="edit_photo"),
    path("users/<uuid:user_id>/identities/", user.user_identities, name="user_identities"),
    path("users/<uuid:user_id>/revoke-sessions/", user.revoke_sessions, name="revoke_sessions"),
    path(
        "users/<uuid:user_id>/reset-password/", password_reset.reset_password, name="reset_password"
    ),
    path("users/<uuid:user_id>/delete/", deletion.delete_user, name="delete_user"),
    path("users/<uuid:user_id>/audit-logs/", user_logs.user_audit_logs, name="user_audit_logs"),
    path(
        "users/<uuid:user_id>/sign-in-logs/",
        user_logs.user_sign_in_logs,
        name="user_sign_in_logs",
    ),
]
