"""Django's entry for the evidence context."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Evidence log (情報提供等の記録とアクセスの記録)."""

    name = "tasuki.evidence"
    label = "evidence"
    verbose_name = "証跡"
    default_auto_field = "django.db.models.BigAutoField"
