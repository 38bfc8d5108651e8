"""What runs in production does without what is there to show and to try the software (ASVS 15.2.3)."""

import subprocess
import sys

from tests.repo.source import ROOT

#: Demonstration, planted faults, conformance, the large demonstration.
NOT_IN_PRODUCTION = ("demo", "conformance", "faults", "prefecture")
PROGRAM = f"""
import importlib, os, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[:2] in [["tasuki", part] for part in {NOT_IN_PRODUCTION!r}]:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Refuse())
os.environ["DJANGO_SETTINGS_MODULE"] = "tasuki.config.settings.test"
import django
django.setup()
for urls in ("town", "gateway", "network", "jlis", "gateway_console", "network_console"):
    importlib.import_module("tasuki.config.urls." + urls)
importlib.import_module("tasuki.jobs.worker")
from tasuki.cli.main import app
for module in ("checks", "operating", "linking", "importing", "exporting"):
    importlib.import_module("tasuki.cli." + module)
app(["--help"], standalone_mode=False)
"""


def test_the_parts_for_showing_and_trying_can_be_taken_away() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "import-register" in done.stdout) == (0, True), done.stderr[-800:]
