"""Settings of the operators' console of the network."""

from tasuki.config.settings.network import *  # noqa: F403, I001 — a settings module is its base and what it adds, in this order
from tasuki.config.settings.console import *  # noqa: F403 — as above
from tasuki.config.settings.console import CONSOLE_APPS

INSTALLED_APPS = [*CONSOLE_APPS, "tasuki.network"]
ROOT_URLCONF = "tasuki.config.urls.network_console"
