"""Settings of a portal: a seat on the network with pages for residents, and no database."""

from django.core.exceptions import ImproperlyConfigured

from tasuki.config.settings.base import *  # noqa: F403 — a settings module is its base and what it adds
from tasuki.config.settings.base import INSTALLED_APPS, NODE
from tasuki.config.settings.portal_web import PORTAL_APPS, PORTAL_MIDDLEWARE, PORTAL_TEMPLATES
from tasuki.config.settings.screens import *  # noqa: F403 — as above

if not NODE.is_dummy:
    # A typed number stands for the card: nobody's results may be behind that.
    raise ImproperlyConfigured(f"{NODE.name}: a portal of ours runs where everybody is fictitious, and nowhere else")
# Without tables; they are there for what the commands of every node import.
INSTALLED_APPS = [*INSTALLED_APPS, *PORTAL_APPS]
MIDDLEWARE = PORTAL_MIDDLEWARE
TEMPLATES = PORTAL_TEMPLATES
# No page takes a file.
FILE_UPLOAD_HANDLERS: list[str] = []  # type: ignore[no-redef]  # instead of the town's
CSRF_FAILURE_VIEW = "tasuki.portal.guard.csrf_failure"
# Several nodes of one machine differ in their port, which cookies do not see.
CSRF_COOKIE_NAME = f"{NODE.name}-csrf"
LANGUAGE_COOKIE_NAME = f"{NODE.name}-language"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
ROOT_URLCONF = "tasuki.config.urls.portal"
WSGI_APPLICATION = "tasuki.config.portal_wsgi.application"
