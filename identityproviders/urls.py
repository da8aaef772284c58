"""Addresses of this room; the last two take any first segment, so this module comes last."""

from django.urls import path

from identityproviders import provider_urls
from identityproviders.blades import consequences, locks, passcode_rules, providers, trials
from identityproviders.pages import (
    accounts,
    codes,
    federation,
    organizations,
    password,
    personal,
    refused,
    sign_out,
    signin,
)

app_name = "identityproviders"

_PROVIDERS = "external-identities/identity-providers/"
_PASSCODE = f"{_PROVIDERS}email-one-time-passcode/"

urlpatterns = [
    path(_PROVIDERS, providers.providers, name="providers"),
    path(_PASSCODE, providers.passcode_pane, name="passcode_pane"),
    path(f"{_PROVIDERS}<str:key>/test/", trials.test_provider, name="test_provider"),
    path(
        f"{_PROVIDERS}<str:key>/test/<uuid:passage_id>/",
        trials.trial_result,
        name="trial_result",
    ),
    path(f"{_PASSCODE}impact/", providers.passcode_impact, name="passcode_impact"),
    path(f"{_PASSCODE}guests/", providers.passcode_impact_guests, name="passcode_impact_guests"),
    path(f"{_PASSCODE}rules/", passcode_rules.rules, name="passcode_rules"),
    path(
        "users/<uuid:user_id>/authentication-methods/passcode-rule/",
        passcode_rules.guest_rule,
        name="guest_passcode_rule",
    ),
    path(
        "external-identities/impact/guests/",
        consequences.consequences_guests,
        name="consequences_guests",
    ),
    *provider_urls.urlpatterns,
    path(
        "users/<uuid:user_id>/authentication-methods/clear-lock/",
        locks.clear_lock,
        name="clear_lock",
    ),
    path("signin/", signin.signin, name="signin"),
    path("signin/options/", signin.options, name="signin_options"),
    path("signin/organizations/find/", organizations.find_organizations, name="find_organizations"),
    path("signin/organizations/", organizations.my_organizations, name="my_organizations"),
    path("signin/password/", password.password, name="password"),
    path("signin/password/change/", password.change_password, name="change_password"),
    path("signin/password/forgotten/", personal.forget_password, name="forget_password"),
    path("signin/password/new/", personal.reset_password, name="reset_password"),
    path("signin/account/", accounts.choose_account, name="choose_account"),
    path("signin/account/another/", accounts.another_account, name="another_account"),
    path("signin/account/new/", personal.create_account, name="create_account"),
    path("signin/code/", codes.send_code, name="send_code"),
    path("signin/code/enter/", codes.enter_code, name="enter_code"),
    path("signin/provider/", federation.to_provider, name="to_provider"),
    path(
        "signin/provider/arrival/<str:handle>/",
        federation.federation_arrival,
        name="federation_arrival",
    ),
    path(
        "signin/provider/<uuid:provider_id>/callback/",
        federation.operator_callback,
        name="operator_callback",
    ),
    path("te/<str:tenant>/oauth2/authresp", federation.google_callback, name="google_callback"),
    path(
        "<uuid:tenant_id>/oidc/<uuid:federation_id>/callback/",
        federation.oidc_callback,
        name="oidc_callback",
    ),
    path(
        "<uuid:tenant_id>/oidc/<uuid:federation_id>/keys/",
        federation.client_keys,
        name="client_keys",
    ),
    path(
        "<uuid:tenant_id>/saml/<uuid:federation_id>/acs/",
        federation.saml_acs,
        name="saml_acs",
    ),
    path(
        "<uuid:tenant_id>/saml/<uuid:federation_id>/metadata/",
        federation.service_provider,
        name="service_provider",
    ),
    path("signin/not-possible/", refused.refused, name="refused"),
    path("sign-out/", sign_out.sign_out, name="sign_out"),
    path("signed-out/", sign_out.signed_out, name="signed_out"),
    path("<str:tenant>/signin/", signin.tenant_signin, name="tenant_signin"),
    path("<str:tenant>/", signin.tenant_home, name="tenant_home"),
]
