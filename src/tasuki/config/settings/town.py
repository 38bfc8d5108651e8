"""Settings of a town: records, index and staff screens."""

from tasuki.config.settings.base import *  # noqa: F403 — a settings module is its base and what it adds
from tasuki.config.settings.base import INSTALLED_APPS, MIDDLEWARE, NODE
from tasuki.config.settings.screens import HSTS_SECONDS
from tasuki.config.settings.town_web import *  # noqa: F403 — as above
from tasuki.config.settings.town_web import WEB_APPS, WEB_MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, *WEB_APPS]
MIDDLEWARE = [*MIDDLEWARE, *WEB_MIDDLEWARE]
# Files hold residents' results from their first byte on, so they never lie in a folder of everybody's.
FILE_UPLOAD_TEMP_DIR = NODE.folder / "uploads"
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, exist_ok=True)
# Where TLS ends before the node, nothing of a session travels without it.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = NODE.screens.behind_tls
SECURE_HSTS_SECONDS = HSTS_SECONDS if NODE.screens.behind_tls else 0
if NODE.screens.behind_tls:
    # No other host, no path and no page without TLS can set a cookie of this name.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    LANGUAGE_COOKIE_SECURE = True
ROOT_URLCONF = "tasuki.config.urls.town"
WSGI_APPLICATION = "tasuki.config.wsgi.application"
