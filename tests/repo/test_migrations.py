"""The models and their migrations say the same."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command


@pytest.mark.django_db(databases=["default", "index"])
def test_no_model_waits_for_a_migration() -> None:
    ours = [config.label for config in apps.get_app_configs() if config.name.startswith("tasuki.")]
    said = StringIO()
    try:
        call_command("makemigrations", *ours, check=True, dry_run=True, no_input=True, stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())
