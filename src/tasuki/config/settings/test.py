"""Settings of the tests: every context in one process, on a database the tests start themselves."""

from pathlib import Path

from tasuki.config.databases import connection_settings
from tasuki.config.settings.town_web import *  # noqa: F403 — a settings module is its base and what it adds
from tasuki.config.settings.town_web import WEB_APPS, WEB_MIDDLEWARE
from tasuki.nodes.database import INDEX_SCHEMA
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.types import Databases, Listen, NodeConfig, NodeKind, Town
from tasuki.shared.environments import Environment

# Filled by tests/conftest.py once the server runs; `check` and `makemigrations --check` need no database.
_NOWHERE = "postgresql://nobody@127.0.0.1:1/none"

NODE = NodeConfig(
    name="town-test",
    kind=NodeKind.TOWN,
    listen=Listen(port=1),
    databases=Databases(runtime=_NOWHERE, owner=_NOWHERE),
    town=Town(
        institution="1000000000000001",
        municipality_code="139998",
        name="架空区",
        name_en="Kaku City",
        gateway="gateway-east",
        jlis="jlis",
    ),
    environment=Environment.DUMMY,
)
KEYS = NodeKeys(Path("/nonexistent"))
DATABASES = {
    "default": connection_settings(_NOWHERE, pool=False),
    "index": connection_settings(_NOWHERE, schema=INDEX_SCHEMA, pool=False),
}
DATABASE_ROUTERS = ["tasuki.config.databases.IndexRouter"]
SECRET_KEY = "only-for-tests"  # noqa: S105 — guards nothing
DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
INSTALLED_APPS = [
    "tasuki.evidence",
    "tasuki.protocol",
    "tasuki.operating",
    *WEB_APPS,
    "tasuki.gateway",
    "tasuki.network",
    "tasuki.jlis",
]
MIDDLEWARE = WEB_MIDDLEWARE
# Every test has a handler of its own, which would look at all files first.
WHITENOISE_AUTOREFRESH = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "tasuki.config.urls.test"
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"
LANGUAGE_CODE = "ja"
USE_I18N = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
