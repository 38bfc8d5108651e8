"""What a town adds: the apps of its records and index, and the screens of its staff."""

from tasuki.config.settings.screens import *  # noqa: F403 — a settings module is its base and what it adds
from tasuki.config.settings.screens import SCREEN_APPS, SCREEN_MIDDLEWARE, templates

WEB_APPS = [
    "django.contrib.postgres",
    *SCREEN_APPS,
    "tasuki.persons",
    "tasuki.screening",
    "tasuki.linkage",
    "tasuki.letters",
    "tasuki.work",
    "tasuki.media",
    "tasuki.eligibility",
    "tasuki.invitations",
    "tasuki.followup",
    "tasuki.reporting",
    "tasuki.watching",
    "tasuki.changes",
    "tasuki.audits",
    "tasuki.erasure",
    "tasuki.contractors",
    "tasuki.cutover",
    "tasuki.web",
]
WEB_MIDDLEWARE = [
    "tasuki.web.middleware.Counted",
    *SCREEN_MIDDLEWARE,
    "tasuki.web.middleware.UnderMaintenance",
]
TEMPLATES = templates("tasuki.web.context.common")
