"""A gateway beside the town: its real operations on a database of its own, without the wire between the two."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import psycopg
from django.db import connections

from tasuki.config.databases import connection_settings
from tasuki.gateway.operations import holds, people, replicas
from tasuki.gateway.payloads import PayloadCipher, place_of
from tasuki.gateway.queries import registered_people
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.nodes.types import Databases
from tasuki.protocol import messages
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.replica_messages import WrittenSheet
from tasuki.shared.actor import institution_actor
from tests.database import server
from tests.sheets import received

T = TypeVar("T")
INSTITUTION = "0213191100000000"
CIPHER = PayloadCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:])
BY = institution_actor("town-a")
TABLES = ("gateway_replica", "gateway_person", "gateway_acquisition")


class GatewayBeside:
    """Does what a gateway does, in a thread whose database is the gateway's. `loses` replies, or is `away`."""

    keeps_order = GatewayLink.keeps_order

    def __init__(self, url: str) -> None:
        self._url = url
        # One connection for all looks: logging in takes longer than most of what a random history does.
        self._looking = psycopg.connect(url, autocommit=True)
        self._thread = ThreadPoolExecutor(1, "gateway")
        self._thread.submit(self._enter).result()
        #: After how many more messages one is carried out and its reply lost.
        self.loses_after: int | None = None
        self.is_away = False
        self.told: list[str] = []

    @property
    def link(self) -> GatewayLink:
        return cast(GatewayLink, self)

    def _enter(self) -> None:
        connection = connections["default"]
        connection.settings_dict = connection.settings_dict | connection_settings(self._url, pool=False)

    def set_holds(self, items: Sequence[messages.Hold]) -> list[messages.Accepted]:
        return self._do("holds", lambda: holds.set_holds(items=items, by=BY, at=_now()))

    def forget_people(self, items: Sequence[messages.Forgotten]) -> list[messages.Accepted]:
        return self._do("forget", lambda: people.forget_people(items=items, by=BY, at=_now()))

    def forget_codes(self, items: Sequence[messages.CodeForgotten]) -> list[messages.Accepted]:
        return self._do("forget codes", lambda: people.forget_codes(items=items, by=BY, at=_now()))

    def register_replicas(self, items: Sequence[WrittenSheet]) -> list[messages.Accepted]:
        read = received(*items)
        return self._do("replicas", lambda: replicas.register_replicas(items=read, cipher=CIPHER, by=BY, at=_now()))

    def replicas_ready(self, items: Sequence[WrittenSheet]) -> Callable[[], list[messages.Accepted]]:
        return lambda: self.register_replicas(items)

    def registered(self, asked: messages.RegisteredAsked) -> list[messages.RegisteredPerson]:
        return self._do("registered", lambda: registered_people(asked, CIPHER))

    def rows(self, query: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Look into, or change, the gateway's database behind everybody's back."""
        done = self._looking.execute(query.encode(), params)
        return done.fetchall() if done.description else []

    def contents(self, person: str) -> dict[tuple[str, str], str]:
        """Return what is registered of a person, opened."""
        found = self.rows(
            "SELECT data_set, record_key, layout_version, payload FROM gateway_replica"
            " WHERE unified_person_number = %s AND removed_at IS NULL",
            [person],
        )
        return {
            (data_set, key): CIPHER.decrypt(
                INSTITUTION, place_of(INSTITUTION, person, data_set, key, version), bytes(payload)
            ).decode()
            for data_set, key, version, payload in found
        }

    def empty(self) -> None:
        for table in TABLES:
            self.rows(f"DELETE FROM {table}")  # noqa: S608 — one of three
        self.loses_after, self.is_away = None, False
        self.told.clear()

    def close(self) -> None:
        self._looking.close()
        self._thread.submit(lambda: connections["default"].close()).result()
        self._thread.shutdown()

    def _do(self, what: str, operation: Callable[[], T]) -> T:
        if self.is_away:
            raise ExchangeFailed("gateway-east", Phase.CONNECT, "refused")
        done = self._thread.submit(operation).result()
        self.told.append(what)
        if self.loses_after is not None:
            self.loses_after -= 1
            if self.loses_after < 0:
                self.loses_after = None
                raise ExchangeFailed("gateway-east", Phase.RECEIVE, "the connection was closed")
        return done


def _now() -> datetime:
    return datetime.now(UTC)


@contextlib.contextmanager
def gateway_beside(urls: Databases) -> Iterator[GatewayBeside]:
    """Give a gateway with a database of its own, for the length of the block."""
    town = urls.runtime.rsplit("/", 1)[1]
    name = f"{town}_gateway"
    with psycopg.connect(server().url(), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}"')
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE test_template OWNER test_template_owner')
    beside = GatewayBeside(urls.runtime.rsplit("/", 1)[0] + f"/{name}")
    try:
        yield beside
    finally:
        beside.close()
        with psycopg.connect(server().url(), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}"')
