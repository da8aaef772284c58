"""URLs of the invitations app."""

from django.urls import path

from invitations.blocking.views import (
    block_invitations,
    blocked_organizations,
    manage_blocks,
    one_click,
    open_token,
)
from invitations.collaboration import restriction_views
from invitations.collaboration.views import collaboration_settings
from invitations.cross_tenant import order_views
from invitations.cross_tenant.views import (
    add_organization,
    cross_tenant_defaults,
    cross_tenant_organization,
    cross_tenant_settings,
    delete_organization,
)
from invitations.inviting import classic_form, internal_users
from invitations.inviting.views import invite, mail_css, prediction
from invitations.lifecycle.selection_views import resend_selected, reset_selected
from invitations.lifecycle.views import (
    convert_to_internal,
    copy_link,
    resend_invitation,
    reset_redemption,
)
from invitations.my_account.profile_views import profile
from invitations.my_account.views import (
    leave_organization,
    left_organization,
    my_data,
    organizations,
)
from invitations.overview import invitations_views
from invitations.overview.views import external_identities
from invitations.redemption import consent_views
from invitations.redemption.views import landing, mismatch, open_ticket
from invitations.settings.views import invitation_settings, redirect_targets
from invitations.terms.guest_views import terms_document, terms_page
from invitations.terms.views import new_terms, terms_of_use, terms_versions
from invitations.user_flows import guest_views
from invitations.user_flows.views import create_user_flow, delete_user_flow, user_flow, user_flows

app_name = "invitations"

_COLLABORATION = "external-identities/external-collaboration-settings/"
_RESTRICTIONS = f"{_COLLABORATION}restrictions/"

_CROSS_TENANT = "external-identities/cross-tenant-access-settings/"
_ORGANIZATIONS = f"{_CROSS_TENANT}organizations/"
_FLOWS = "external-identities/user-flows/"

urlpatterns = [
    path(_FLOWS, user_flows, name="user_flows"),
    path(f"{_FLOWS}new/", create_user_flow, name="create_user_flow"),
    path(f"{_FLOWS}<uuid:flow_id>/", user_flow, name="user_flow"),
    path(f"{_FLOWS}<uuid:flow_id>/delete/", delete_user_flow, name="delete_user_flow"),
    path("sign-up/details/", guest_views.sign_up_details, name="sign_up_details"),
    path("<str:tenant>/sign-up/<str:flow>/", guest_views.sign_up, name="sign_up"),
    path(_CROSS_TENANT, cross_tenant_settings, name="cross_tenant"),
    path(
        f"{_CROSS_TENANT}defaults/",
        cross_tenant_defaults,
        name="cross_tenant_defaults",
    ),
    path(
        f"{_CROSS_TENANT}redemption-order/",
        order_views.redemption_order,
        name="redemption_order",
    ),
    path(f"{_ORGANIZATIONS}add/", add_organization, name="add_organization"),
    path(
        f"{_ORGANIZATIONS}<str:domain>/",
        cross_tenant_organization,
        name="cross_tenant_organization",
    ),
    path(
        f"{_ORGANIZATIONS}<str:domain>/redemption-order/",
        order_views.organization_order,
        name="organization_order",
    ),
    path(
        f"{_ORGANIZATIONS}<str:domain>/delete/",
        delete_organization,
        name="delete_organization",
    ),
    path(_COLLABORATION, collaboration_settings, name="collaboration_settings"),
    path(
        f"{_RESTRICTIONS}guests/", restriction_views.restriction_guests, name="restriction_guests"
    ),
    path(f"{_RESTRICTIONS}list/", restriction_views.restriction_list, name="restriction_list"),
    path("users/create/classic/", classic_form.classic_new_user, name="classic_new_user"),
    path("users/invite/", invite, name="invite"),
    path("users/reset-redemption/", reset_selected, name="reset_selected"),
    path("users/invite/mail.css", mail_css, name="mail_css"),
    path("users/invite/prediction/", prediction, name="prediction"),
    path("users/<uuid:user_id>/invitation/resend/", resend_invitation, name="resend"),
    path(
        "users/<uuid:user_id>/invitation/reset/",
        reset_redemption,
        name="reset_redemption",
    ),
    path(
        "users/<uuid:user_id>/invitation/internal/",
        internal_users.invite_internal,
        name="invite_internal",
    ),
    path(
        "users/<uuid:user_id>/invitation/convert/",
        convert_to_internal,
        name="convert_to_internal",
    ),
    path("users/<uuid:user_id>/invitation/link/", copy_link, name="link"),
    path("redeem/", landing, name="landing"),
    path("redeem/mismatch/", mismatch, name="mismatch"),
    path("redeem/<str:ticket>/", open_ticket, name="open_ticket"),
    path("external-identities/", external_identities, name="overview"),
    path("external-identities/invitations/", invitations_views.invitations, name="invitations"),
    path("external-identities/invitations/resend/", resend_selected, name="resend_selected"),
    path(
        "external-identities/invitations/settings/",
        invitation_settings,
        name="invitation_settings",
    ),
    path(
        "external-identities/invitations/redirect-targets/",
        redirect_targets,
        name="redirect_targets",
    ),
    path(
        "external-identities/invitations/<uuid:invitation_id>/",
        invitations_views.invitation,
        name="invitation",
    ),
    path("external-identities/terms-of-use/", terms_of_use, name="terms_of_use"),
    path("external-identities/terms-of-use/new/", new_terms, name="new_terms"),
    path(
        "external-identities/terms-of-use/<uuid:document_id>/",
        terms_versions,
        name="terms_versions",
    ),
    path("consent/", consent_views.consent, name="consent"),
    path("consent/terms/", terms_page, name="terms"),
    path("consent/terms/<uuid:version_id>/", terms_document, name="terms_document"),
    path("leaving/", consent_views.leaving, name="leaving"),
    path("myaccount/left/", left_organization, name="left"),
    path("myaccount/<str:tenant>/profile/", profile, name="profile"),
    path("myaccount/<str:tenant>/organizations/", organizations, name="organizations"),
    path(
        "myaccount/<str:tenant>/organizations/<uuid:account_id>/leave/",
        leave_organization,
        name="leave_organization",
    ),
    path(
        "myaccount/<str:tenant>/organizations/<uuid:account_id>/data/",
        my_data,
        name="organization_data",
    ),
    path("blocked-organizations/", manage_blocks, name="manage_blocks"),
    path("blocked-organizations/list/", blocked_organizations, name="blocked_organizations"),
    path("block/", block_invitations, name="block"),
    path("block/<str:token>/", open_token, name="open_block"),
    path("block/<str:token>/one-click/", one_click, name="block_one_click"),
]
