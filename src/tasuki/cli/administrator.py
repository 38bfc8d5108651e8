"""Who may make databases in the server of a node, for commands that need one for a while."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tasuki.nodes.database import is_on_this_machine
from tasuki.nodes.embedded_postgres import running
from tasuki.nodes.errors import DeploymentError
from tasuki.nodes.paths import home
from tasuki.runtime import node

#: Whoever may make a database in the server of the node; never an argument, which everybody on the machine may read.
ADMIN_URL: Final = "TASUKI_ADMIN_DATABASE_URL"


@contextmanager
def administrator() -> Iterator[str]:
    """Give the URL of the server's administrator.

    :raises DeploymentError: where nobody has said who that is, and the database is not the one that comes along.
    """
    given = os.environ.get(ADMIN_URL)
    if given:
        yield given
        return
    own = node().databases.runtime
    if not (home().postgres.exists() and is_on_this_machine(own)):
        raise DeploymentError(
            f"{ADMIN_URL} に、データベースを作れる管理者の接続先を設定してください"
            " / set it to the URL of an administrator who may make databases"
        )
    with running(home().postgres) as server:
        yield server.url()
