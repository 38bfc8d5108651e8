"""Addresses a network node answers."""

from django.urls import path

from tasuki.api.endpoint import view
from tasuki.api.health import health
from tasuki.api.metrics import metrics
from tasuki.api.network.routes import ROUTES

urlpatterns = [
    path("health", health),
    path("metrics", metrics),
    *(path(route.path[1:], view(route)) for route in ROUTES),
]
