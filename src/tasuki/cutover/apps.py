from django.apps import AppConfig


class CutoverConfig(AppConfig):
    name = "tasuki.cutover"
    label = "cutover"
    default_auto_field = "django.db.models.BigAutoField"
