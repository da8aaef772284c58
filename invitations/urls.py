"""Addresses of this room."""

from django.urls import path

from invitations.blades import classic, invitation, invite
from invitations.pages import block, consent, redeem

app_name = "invitations"

urlpatterns = [
    path("users/create/classic/", classic.classic_new_user, name="classic_new_user"),
    path("users/invite/", invite.invite, name="invite"),
    path("users/invite/prediction/", invite.prediction, name="prediction"),
    path("users/<uuid:user_id>/invitation/resend/", invitation.resend, name="resend"),
    path("users/<uuid:user_id>/invitation/link/", invitation.link, name="link"),
    path("redeem/", redeem.landing, name="landing"),
    path("redeem/mismatch/", redeem.mismatch, name="mismatch"),
    path("redeem/<str:ticket>/", redeem.open_ticket, name="open_ticket"),
    path("consent/", consent.consent, name="consent"),
    path("leaving/", consent.leaving, name="leaving"),
    path("block/", block.block, name="block"),
    path("block/<str:token>/", block.open_token, name="open_block"),
    path("block/<str:token>/one-click/", block.one_click, name="block_one_click"),
]
