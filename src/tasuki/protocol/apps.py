from django.apps import AppConfig


class ProtocolConfig(AppConfig):
    name = "tasuki.protocol"
    label = "protocol"
    default_auto_field = "django.db.models.BigAutoField"
