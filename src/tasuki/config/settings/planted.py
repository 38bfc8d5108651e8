"""Settings of a demonstration's gateway with a fault planted on purpose: never those of a node that serves a town."""

import os

from django.core.exceptions import ImproperlyConfigured

from tasuki.config.settings.gateway import *  # noqa: F403 — a settings module is its base and what it adds
from tasuki.config.settings.gateway import INSTALLED_APPS, NODE
from tasuki.conformance.planted import FAULT, FAULTS

if not NODE.is_dummy:
    raise ImproperlyConfigured(f"{NODE.name} is no demonstration: no fault is planted into it")
if os.environ.get(FAULT) not in FAULTS:
    raise ImproperlyConfigured(f"{FAULT} must be one of {', '.join(sorted(FAULTS))}")
INSTALLED_APPS = [*INSTALLED_APPS, "tasuki.conformance"]
