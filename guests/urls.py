"""URLs of the guests app."""

from django.urls import path

from guests.access.views import password_reset, user_settings
from guests.bulk import export
from guests.bulk.views import (
    bulk_job,
    bulk_operation,
    bulk_progress,
    bulk_results,
    bulk_results_file,
    bulk_retry_file,
    bulk_template,
    cancel_bulk_job,
    submit_bulk_job,
)
from guests.groups import urls as groups_urls
from guests.passwords.views import reset_password, reset_selected
from guests.photos.views import edit_photo, user_photo
from guests.sessions import authentication_methods
from guests.sessions.views import revoke_selected
from guests.users.creation.views import create_user
from guests.users.deletion.views import (
    delete_user,
    delete_users,
    deleted_users,
    edit_deleted_columns,
    purge_users,
    restore_users,
)
from guests.users.editing.views import edit_selected, edit_user
from guests.users.list.views import edit_columns, users
from guests.users.page.views import (
    revoke_sessions,
    user,
    user_audit_logs,
    user_identities,
    user_monitoring,
    user_properties,
    user_sign_in_logs,
)

app_name = "guests"

urlpatterns = [
    *groups_urls.urlpatterns,
    path("users/", users, name="users"),
    path("users/create/", create_user, name="create_user"),
    path("users/delete/", delete_users, name="delete_users"),
    path("users/settings/", user_settings, name="user_settings"),
    path("users/password-reset/", password_reset, name="password_reset_policy"),
    path("users/columns/", edit_columns, name="edit_columns"),
    path("users/revoke-sessions/", revoke_selected, name="revoke_selected"),
    path("users/per-user-mfa/", authentication_methods.per_user_mfa, name="per_user_mfa"),
    path("users/edit/", edit_selected, name="edit_selected"),
    path("users/reset-password/", reset_selected, name="reset_selected"),
    path("users/deleted/columns/", edit_deleted_columns, name="edit_deleted_columns"),
    path("users/deleted/", deleted_users, name="deleted_users"),
    path("users/deleted/restore/", restore_users, name="restore_users"),
    path("users/deleted/delete-permanently/", purge_users, name="purge_users"),
    path("users/download/", export.download_users, name="download_users"),
    path("users/bulk-operation-results/", bulk_results, name="bulk_results"),
    path("users/bulk/<slug:kind_name>/", bulk_operation, name="bulk"),
    path("users/bulk/<slug:kind_name>/template/", bulk_template, name="bulk_template"),
    path("users/bulk/jobs/<uuid:job_id>/", bulk_job, name="bulk_job"),
    path("users/bulk/jobs/<uuid:job_id>/progress/", bulk_progress, name="bulk_progress"),
    path("users/bulk/jobs/<uuid:job_id>/submit/", submit_bulk_job, name="bulk_submit"),
    path("users/bulk/jobs/<uuid:job_id>/cancel/", cancel_bulk_job, name="bulk_cancel"),
    path("users/bulk/jobs/<uuid:job_id>/retry/", bulk_retry_file, name="bulk_retry_file"),
    path("users/bulk/jobs/<uuid:job_id>/results/", bulk_results_file, name="bulk_results_file"),
    path("users/<uuid:user_id>/", user, name="user"),
    path("users/<uuid:user_id>/monitoring/", user_monitoring, name="user_monitoring"),
    path("users/<uuid:user_id>/properties/", user_properties, name="user_properties"),
    path("users/<uuid:user_id>/properties/edit/", edit_user, name="edit_user"),
    path(
        "users/<uuid:user_id>/authentication-methods/",
        authentication_methods.user_methods,
        name="user_methods",
    ),
    path("users/<uuid:user_id>/photo/", user_photo, name="user_photo"),
    path("users/<uuid:user_id>/photo/edit/", edit_photo, name="edit_photo"),
    path("users/<uuid:user_id>/identities/", user_identities, name="user_identities"),
    path("users/<uuid:user_id>/revoke-sessions/", revoke_sessions, name="revoke_sessions"),
    path("users/<uuid:user_id>/reset-password/", reset_password, name="reset_password"),
    path("users/<uuid:user_id>/delete/", delete_user, name="delete_user"),
    path("users/<uuid:user_id>/audit-logs/", user_audit_logs, name="user_audit_logs"),
    path(
        "users/<uuid:user_id>/sign-in-logs/",
        user_sign_in_logs,
        name="user_sign_in_logs",
    ),
]
