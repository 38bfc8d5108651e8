"""Addresses that the consoles of gateways and the network have in common."""

from django.urls import path

from tasuki.console import evidence, flow, maintenance, overview, peers, statistics
from tasuki.web.staff import second_factor, session, sessions

PAGES = [
    path("login/", session.login, name="login"),
    path("login/persona/", session.login_as_persona, name="persona"),
    path("logout/", session.logout, name="logout"),
    path("password/", session.password, name="password"),
    path("second-factor/", second_factor.code, name="second-factor"),
    path("second-factor/enrol/", second_factor.enrol, name="second-factor-enrol"),
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions/end/", sessions.end, name="sessions-end"),
    path("language/", session.language, name="language"),
    path("", overview.overview, name="home"),
    path("flow/", flow.flow, name="flow"),
    path("flow/<uuid:number>/", flow.exchange, name="exchange"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics/file/", statistics.file, name="statistics-file"),
    path("peers/", peers.peers, name="peers"),
    path("peers/<slug:name>/test/", peers.test, name="peer-test"),
    path("maintenance/", maintenance.maintenance, name="maintenance"),
    path("maintenance/begin/", maintenance.begin, name="maintenance-begin"),
    path("maintenance/end/", maintenance.end, name="maintenance-end"),
    path("evidence/", evidence.evidence, name="evidence"),
    path("evidence/verify/", evidence.verify, name="evidence-verify"),
    path("evidence/alarms/<int:alarm_id>/settle/", evidence.settle, name="alarm-settle"),
]
