"""Addresses of this room."""

from django.urls import path

from invitations.blades import (
    classic,
    collaboration,
    converting,
    cross_tenant,
    invitation,
    invitations,
    invite,
    inviting_members,
    lifetime,
    organization_order,
    overview,
    redemption_order,
    redirect_targets,
    resetting,
    restrictions,
    terms,
    user_flows,
)
from invitations.pages import block, blocks, consent, organizations, redeem, sign_up
from invitations.pages import terms as terms_pages

app_name = "invitations"

_COLLABORATION = "external-identities/external-collaboration-settings/"
_RESTRICTIONS = f"{_COLLABORATION}restrictions/"

_CROSS_TENANT = "external-identities/cross-tenant-access-settings/"
_ORGANIZATIONS = f"{_CROSS_TENANT}organizations/"
_FLOWS = "external-identities/user-flows/"

urlpatterns = [
    path(_FLOWS, user_flows.user_flows, name="user_flows"),
    path(f"{_FLOWS}new/", user_flows.create_user_flow, name="create_user_flow"),
    path(f"{_FLOWS}<uuid:flow_id>/", user_flows.user_flow, name="user_flow"),
    path(f"{_FLOWS}<uuid:flow_id>/delete/", user_flows.delete_user_flow, name="delete_user_flow"),
    path("sign-up/details/", sign_up.sign_up_details, name="sign_up_details"),
    path("<str:tenant>/sign-up/<str:flow>/", sign_up.sign_up, name="sign_up"),
    path(_CROSS_TENANT, cross_tenant.cross_tenant_settings, name="cross_tenant"),
    path(
        f"{_CROSS_TENANT}defaults/",
        cross_tenant.cross_tenant_defaults,
        name="cross_tenant_defaults",
    ),
    path(
        f"{_CROSS_TENANT}redemption-order/",
        redemption_order.redemption_order,
        name="redemption_order",
    ),
    path(f"{_ORGANIZATIONS}add/", cross_tenant.add_organization, name="add_organization"),
    path(
        f"{_ORGANIZATIONS}<str:domain>/",
        cross_tenant.cross_tenant_organization,
        name="cross_tenant_organization",
    ),
    path(
        f"{_ORGANIZATIONS}<str:domain>/redemption-order/",
        organization_order.organization_order,
        name="organization_order",
    ),
    path(
        f"{_ORGANIZATIONS}<str:domain>/delete/",
        cross_tenant.delete_organization,
        name="delete_organization",
    ),
    path(_COLLABORATION, collaboration.collaboration_settings, name="collaboration_settings"),
    path(
        f"{_COLLABORATION}guest-access/", collaboration.save_guest_access, name="save_guest_access"
    ),
    path(
        f"{_COLLABORATION}invites/",
        collaboration.save_invite_settings,
        name="save_invite_settings",
    ),
    path(
        f"{_COLLABORATION}self-service/",
        collaboration.save_self_service,
        name="save_self_service",
    ),
    path(f"{_COLLABORATION}leave/", collaboration.save_leave, name="save_leave"),
    path(_RESTRICTIONS, restrictions.save_restrictions, name="save_restrictions"),
    path(f"{_RESTRICTIONS}guests/", restrictions.restriction_guests, name="restriction_guests"),
    path(f"{_RESTRICTIONS}list/", restrictions.restriction_list, name="restriction_list"),
    path("users/create/classic/", classic.classic_new_user, name="classic_new_user"),
    path("users/invite/", invite.invite, name="invite"),
    path("users/invite/mail.css", invite.mail_css, name="mail_css"),
    path("users/invite/prediction/", invite.prediction, name="prediction"),
    path("users/<uuid:user_id>/invitation/resend/", invitation.resend, name="resend"),
    path(
        "users/<uuid:user_id>/invitation/reset/",
        resetting.reset_redemption,
        name="reset_redemption",
    ),
    path(
        "users/<uuid:user_id>/invitation/internal/",
        inviting_members.invite_internal,
        name="invite_internal",
    ),
    path(
        "users/<uuid:user_id>/invitation/convert/",
        converting.convert_to_internal,
        name="convert_to_internal",
    ),
    path("users/<uuid:user_id>/invitation/link/", invitation.link, name="link"),
    path("redeem/", redeem.landing, name="landing"),
    path("redeem/mismatch/", redeem.mismatch, name="mismatch"),
    path("redeem/<str:ticket>/", redeem.open_ticket, name="open_ticket"),
    path("external-identities/", overview.external_identities, name="overview"),
    path("external-identities/invitations/", invitations.invitations, name="invitations"),
    path(
        "external-identities/invitations/settings/",
        lifetime.invitation_settings,
        name="invitation_settings",
    ),
    path(
        "external-identities/invitations/redirect-targets/",
        redirect_targets.redirect_targets,
        name="redirect_targets",
    ),
    path(
        "external-identities/invitations/<uuid:invitation_id>/",
        invitations.invitation,
        name="invitation",
    ),
    path("external-identities/terms-of-use/", terms.terms_of_use, name="terms_of_use"),
    path("external-identities/terms-of-use/new/", terms.new_terms, name="new_terms"),
    path(
        "external-identities/terms-of-use/<uuid:document_id>/",
        terms.terms_versions,
        name="terms_versions",
    ),
    path("consent/", consent.consent, name="consent"),
    path("consent/terms/", terms_pages.terms_page, name="terms"),
    path("consent/terms/<uuid:version_id>/", terms_pages.terms_document, name="terms_document"),
    path("leaving/", consent.leaving, name="leaving"),
    path("myaccount/left/", organizations.left, name="left"),
    path(
        "myaccount/<str:tenant>/organizations/", organizations.organizations, name="organizations"
    ),
    path(
        "myaccount/<str:tenant>/organizations/<uuid:account_id>/leave/",
        organizations.leave,
        name="leave_organization",
    ),
    path(
        "myaccount/<str:tenant>/organizations/<uuid:account_id>/data/",
        organizations.data,
        name="organization_data",
    ),
    path("blocked-organizations/", blocks.manage_blocks, name="manage_blocks"),
    path("blocked-organizations/list/", blocks.blocked_organizations, name="blocked_organizations"),
    path("block/", block.block, name="block"),
    path("block/<str:token>/", block.open_token, name="open_block"),
    path("block/<str:token>/one-click/", block.one_click, name="block_one_click"),
]
