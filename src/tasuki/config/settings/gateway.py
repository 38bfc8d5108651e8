"""Settings of a gateway node."""

from tasuki.config.settings.base import *  # noqa: F403 — a settings module is its base and what it adds
from tasuki.config.settings.base import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tasuki.gateway"]
ROOT_URLCONF = "tasuki.config.urls.gateway"
WSGI_APPLICATION = "tasuki.config.wsgi.application"
