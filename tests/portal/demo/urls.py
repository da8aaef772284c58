"""The portal's addresses with those of a demo, whether or not the settings say demo."""

from django.urls import include, path

from portal import urls as portal_urls

urlpatterns = [path("demo/", include("portal.demo.mailbox.urls")), *portal_urls.urlpatterns]
