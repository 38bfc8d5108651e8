import logging

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "tasuki.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Silence django-axes, whose messages name IDs and addresses; the evidence log records each attempt instead."""
        logging.getLogger("axes").setLevel(logging.CRITICAL)
