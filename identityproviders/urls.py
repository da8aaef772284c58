"""URLs of the identityproviders app; the last two match any first segment, so it comes last."""

from django.urls import path

from identityproviders.accounts.views import (
    change_password,
    create_account,
    forget_password,
    password,
    reset_password,
)
from identityproviders.impact.views import consequences_guests
from identityproviders.passcodes import lock_views
from identityproviders.passcodes.policy import rule_views
from identityproviders.passcodes.views import enter_code, send_code
from identityproviders.providers import urls as providers_urls
from identityproviders.providers.views import (
    passcode_impact,
    passcode_impact_guests,
    passcode_pane,
    providers,
)
from identityproviders.round_trips import test_run
from identityproviders.round_trips.views import (
    client_keys,
    federation_arrival,
    google_callback,
    oidc_callback,
    operator_callback,
    saml_acs,
    service_provider,
    to_provider,
)
from identityproviders.sign_in import account_views
from identityproviders.sign_in.views import (
    options,
    sign_out,
    signed_out,
    signin,
    tenant_home,
    tenant_signin,
)

app_name = "identityproviders"

_PROVIDERS = "external-identities/identity-providers/"
_PASSCODE = f"{_PROVIDERS}email-one-time-passcode/"

urlpatterns = [
    path(_PROVIDERS, providers, name="providers"),
    path(_PASSCODE, passcode_pane, name="passcode_pane"),
    path(f"{_PROVIDERS}<str:key>/test/", test_run.test_provider, name="test_provider"),
    path(
        f"{_PROVIDERS}<str:key>/test/<uuid:passage_id>/",
        test_run.trial_result,
        name="trial_result",
    ),
    path(f"{_PASSCODE}impact/", passcode_impact, name="passcode_impact"),
    path(f"{_PASSCODE}guests/", passcode_impact_guests, name="passcode_impact_guests"),
    path(f"{_PASSCODE}rules/", rule_views.passcode_rules, name="passcode_rules"),
    path(
        "users/<uuid:user_id>/authentication-methods/passcode-rule/",
        rule_views.guest_rule,
        name="guest_passcode_rule",
    ),
    path(
        "external-identities/impact/guests/",
        consequences_guests,
        name="consequences_guests",
    ),
    *providers_urls.urlpatterns,
    path(
        "users/<uuid:user_id>/authentication-methods/clear-lock/",
        lock_views.clear_lock,
        name="clear_lock",
    ),
    path("signin/", signin, name="signin"),
    path("signin/options/", options, name="signin_options"),
    path("signin/organizations/find/", account_views.find_organizations, name="find_organizations"),
    path("signin/organizations/", account_views.my_organizations, name="my_organizations"),
    path("signin/password/", password, name="password"),
    path("signin/password/change/", change_password, name="change_password"),
    path("signin/password/forgotten/", forget_password, name="forget_password"),
    path("signin/password/new/", reset_password, name="reset_password"),
    path("signin/account/", account_views.choose_account, name="choose_account"),
    path("signin/account/another/", account_views.another_account, name="another_account"),
    path("signin/account/new/", create_account, name="create_account"),
    path("signin/code/", send_code, name="send_code"),
    path("signin/code/enter/", enter_code, name="enter_code"),
    path("signin/provider/", to_provider, name="to_provider"),
    path(
        "signin/provider/arrival/<str:handle>/",
        federation_arrival,
        name="federation_arrival",
    ),
    path(
        "signin/provider/<uuid:provider_id>/callback/",
        operator_callback,
        name="operator_callback",
    ),
    path("te/<str:tenant>/oauth2/authresp", google_callback, name="google_callback"),
    path(
        "<uuid:tenant_id>/oidc/<uuid:federation_id>/callback/",
        oidc_callback,
        name="oidc_callback",
    ),
    path(
        "<uuid:tenant_id>/oidc/<uuid:federation_id>/keys/",
        client_keys,
        name="client_keys",
    ),
    path(
        "<uuid:tenant_id>/saml/<uuid:federation_id>/acs/",
        saml_acs,
        name="saml_acs",
    ),
    path(
        "<uuid:tenant_id>/saml/<uuid:federation_id>/metadata/",
        service_provider,
        name="service_provider",
    ),
    path("signin/not-possible/", account_views.refused, name="refused"),
    path("sign-out/", sign_out, name="sign_out"),
    path("signed-out/", signed_out, name="signed_out"),
    path("<str:tenant>/signin/", tenant_signin, name="tenant_signin"),
    path("<str:tenant>/", tenant_home, name="tenant_home"),
]
