"""Addresses of the operators' console of the network."""

from django.urls import path

from tasuki.console import institutions, law
from tasuki.console.urls import PAGES

urlpatterns = [
    *PAGES,
    path("institutions/", institutions.members, name="institutions"),
    path("institutions/<str:institution>/", institutions.institution, name="institution"),
    path("institutions/<str:institution>/suspend/", institutions.suspend, name="institution-suspend"),
    path("institutions/<str:institution>/resume/", institutions.resume, name="institution-resume"),
    path("law/", law.law, name="law"),
]

handler400 = "tasuki.web.errors.bad_request"
handler403 = "tasuki.web.errors.forbidden"
handler404 = "tasuki.web.errors.not_found"
handler500 = "tasuki.web.errors.server_error"
