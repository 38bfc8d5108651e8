"""What the pages of the portal are made of; `portal` adds whose seat it is."""

from tasuki.config.settings.screens import templates

PORTAL_APPS = ["django.contrib.staticfiles"]
PORTAL_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "tasuki.web.language.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tasuki.portal.guard.WordsForFaults",
]
PORTAL_TEMPLATES = templates("tasuki.portal.context.common")
PORTAL_TEMPLATES[0]["OPTIONS"]["context_processors"] = [
    "django.template.context_processors.request",
    "tasuki.portal.context.common",
]
