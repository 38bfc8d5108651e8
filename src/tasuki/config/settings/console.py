"""What the console of a gateway or the network has beside its node: accounts, sessions, its own pages.

Its pages open in maintenance too: whoever maintains the node ends that here.
"""

import os

from tasuki.config.databases import database_settings
from tasuki.config.settings.base import ALLOWED_HOSTS, INSTALLED_APPS, NODE
from tasuki.config.settings.screens import *  # noqa: F403 — a settings module is its base and what it adds
from tasuki.config.settings.screens import HSTS_SECONDS, SCREEN_APPS, SCREEN_MIDDLEWARE, templates

CONSOLE_APPS = [*INSTALLED_APPS, *SCREEN_APPS]
MIDDLEWARE = SCREEN_MIDDLEWARE
TEMPLATES = templates("tasuki.console.context.common")
DATABASES = database_settings(NODE, as_owner=os.environ.get("TASUKI_DATABASE_ROLE") == "owner", for_people=True)
ALLOWED_HOSTS = [*ALLOWED_HOSTS, *((NODE.console.host, *NODE.console.host_names) if NODE.console else ())]

# Served over TLS only; and several nodes of one machine differ in their port, which cookies do not see.
SESSION_COOKIE_SECURE = True
# On one machine with towns that have no TLS, a browser told this for `localhost` would not find them again.
SECURE_HSTS_SECONDS = 0 if NODE.is_dummy else HSTS_SECONDS
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = f"__Host-{NODE.name}-console"
CSRF_COOKIE_NAME = f"__Host-{NODE.name}-csrf"
LANGUAGE_COOKIE_SECURE = True
# No page takes a file or a long text.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
