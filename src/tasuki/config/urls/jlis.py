"""Addresses a jlis node answers."""

from django.urls import path

from tasuki.api.endpoint import view
from tasuki.api.health import health
from tasuki.api.jlis.routes import ROUTES
from tasuki.api.metrics import metrics

urlpatterns = [
    path("health", health),
    path("metrics", metrics),
    *(path(route.path[1:], view(route)) for route in ROUTES),
]
