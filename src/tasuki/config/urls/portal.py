"""Addresses of the portal. None of them says anything about anybody."""

from django.urls import path

from tasuki.portal.pages import home, records, results, session

urlpatterns = [
    path("", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("ended/", session.ended, name="ended"),
    path("over/", session.over, name="over"),
    path("language/", session.language, name="language"),
    path("health", session.health, name="health"),
    path("home/", home.home, name="home"),
    path("ask/", results.ask, name="ask"),
    path("results/<int:place>/", results.results, name="results"),
    path("results/<int:place>/again/", results.ask_again, name="ask-again"),
    path("records/", records.records, name="records"),
]

handler400 = "tasuki.portal.guard.bad_request"
handler404 = "tasuki.portal.guard.not_found"
handler500 = "tasuki.portal.guard.server_error"
