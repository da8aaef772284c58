"""The portal's addresses with those of a demo, whether or not the settings say demo."""

from django.urls import include, path

from portal import urls

urlpatterns = [path("demo/", include("portal.demo.urls")), *urls.urlpatterns]
