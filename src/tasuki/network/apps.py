from django.apps import AppConfig

from tasuki.network.permitted import editions


class NetworkConfig(AppConfig):
    name = "tasuki.network"
    label = "network"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Read the table of law at once: a node whose law cannot be right does not start."""
        editions()
