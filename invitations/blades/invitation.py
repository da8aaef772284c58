"""Resend and the redemption link (stand-in while this file is being written)."""

from django.http import Http404


def resend(request, user_id):
    raise Http404


def link(request, user_id):
    raise Http404
