"""Every address of every kind of node, for tests within one process."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("gateway/", include("tasuki.config.urls.gateway")),
    path("network/", include("tasuki.config.urls.network")),
    path("jlis/", include("tasuki.config.urls.jlis")),
    path("", include("tasuki.config.urls.town")),
]
