"""Settings of the operators' console of a gateway."""

from tasuki.config.settings.gateway import *  # noqa: F403, I001 — a settings module is its base and what it adds, in this order
from tasuki.config.settings.console import *  # noqa: F403 — as above
from tasuki.config.settings.console import CONSOLE_APPS

INSTALLED_APPS = [*CONSOLE_APPS, "tasuki.gateway"]
ROOT_URLCONF = "tasuki.config.urls.gateway_console"
