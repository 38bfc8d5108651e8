"""What every node has in common. The node's own file, named by TASUKI_NODE_FILE, says the rest."""

import os
from pathlib import Path

from tasuki.config.databases import database_settings
from tasuki.config.logging import configure_logging
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.types import NodeConfig, read_node

NODE: NodeConfig = read_node(Path(os.environ["TASUKI_NODE_FILE"]))
KEYS = NodeKeys(NODE.folder)
DATABASES = database_settings(NODE, as_owner=os.environ.get("TASUKI_DATABASE_ROLE") == "owner")

SECRET_KEY = KEYS.derive("django").hex()
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", NODE.name]

INSTALLED_APPS = [
    "tasuki.evidence",
    "tasuki.protocol",
    "tasuki.operating",
]
MIDDLEWARE: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_ROUTERS = ["tasuki.config.databases.IndexRouter"]

USE_TZ = True
TIME_ZONE = "Asia/Tokyo"
LANGUAGE_CODE = "ja"
USE_I18N = True

# Lists of ten thousand are the largest messages; anything larger is refused before it is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024

LOGGING_CONFIG = None
configure_logging()
