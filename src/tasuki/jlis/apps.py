from django.apps import AppConfig


class JlisConfig(AppConfig):
    name = "tasuki.jlis"
    label = "jlis"
    default_auto_field = "django.db.models.BigAutoField"
