import os

from django.apps import AppConfig

from tasuki.conformance.planted import FAULT, plant


class PlantedFaultConfig(AppConfig):
    """Plants a fault when the process starts; installed by `tasuki.config.settings.planted` alone."""

    name = "tasuki.conformance"
    label = "conformance"

    def ready(self) -> None:
        plant(os.environ[FAULT])
