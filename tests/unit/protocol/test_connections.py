"""Connections between nodes, held against a server that behaves in every way one can."""

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tasuki.nodes.keys import Authority, NodeKeys, make_keys
from tasuki.protocol import connections
from tasuki.protocol.client import tls_context
from tasuki.protocol.connections import BrokenOff, Connections, Patience
from tasuki.protocol.errors import Phase

AT = dt.datetime.now(dt.UTC)
BODY = b'{"items":[]}'
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTasuki-Signature: signed\r\n\r\nhello"
#: Long enough for a busy machine: only what is to run out of time does.
PATIENCE = Patience(connect=20, write=20, read=20, pool=20)
#: How a server goes on once a request was read: it is given the connection.
Act = Callable[[ssl.SSLSocket], None]


def answer(content: bytes) -> Act:
    return lambda connection: connection.sendall(content)


def hang_up(connection: ssl.SSLSocket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


class Server:
    """Answers the first request with the first act, and so on, over however many connections, and keeps requests."""

    def __init__(self, keys: NodeKeys, acts: list[Act]) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(keys.certificate, keys.private_key)
        self._context.load_verify_locations(keys.authority)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._acts = acts
        self.requests: list[bytes] = []
        self.made = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}/v1/lists"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while self._acts:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.made += 1
            try:
                connection = self._context.wrap_socket(plain, server_side=True)
            except OSError:
                # With what the other side sent still unread, closing now would take back what was said.
                time.sleep(0.3)
                plain.close()
                continue
            with suppress(OSError), connection:
                while self._acts and (request := connection.recv(65_536)):
                    while not request.endswith(BODY) and (more := connection.recv(65_536)):
                        request += more
                    self.requests.append(request)
                    self._acts.pop(0)(connection)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> NodeKeys:
    folder = tmp_path_factory.mktemp("node")
    return make_keys(folder, "gateway-east", "127.0.0.1", Authority.create("a test's authority", AT), AT)


@contextmanager
def served(keys: NodeKeys, *acts: Act, patience: Patience = PATIENCE) -> Iterator[tuple[Server, Connections]]:
    with closing(Server(keys, list(acts))) as server, closing(Connections(tls_context(keys), patience)) as calls:
        yield server, calls


def phase_of(calls: Connections, url: str, body: bytes = BODY) -> tuple[Phase, str]:
    with pytest.raises(BrokenOff) as caught:
        calls.post(url, body, {})
    return caught.value.phase, caught.value.reason


def test_a_reply_comes_with_its_status_and_headers_in_small_letters(keys: NodeKeys) -> None:
    with served(keys, answer(REPLY)) as (server, calls):
        response = calls.post(server.url, BODY, {"Tasuki-Signature": "ours"})

    assert (response.status, response.content) == (200, b"hello")
    assert response.headers["tasuki-signature"] == "signed"
    [request] = server.requests
    assert request.startswith(b"POST /v1/lists HTTP/1.1\r\n")
    assert b"Tasuki-Signature: ours\r\n" in request
    assert request.endswith(b"\r\n\r\n" + BODY)


def test_a_connection_serves_one_call_after_the_other(keys: NodeKeys) -> None:
    empty = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    in_parts = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    with served(keys, *(answer(one) for one in (REPLY, empty, in_parts, REPLY))) as (server, calls):
        replies = [calls.post(server.url, BODY, {}) for _ in range(4)]

    assert [one.content for one in replies] == [b"hello", b"", b"hello", b"hello"]
    assert server.made == 1


def test_a_connection_the_other_side_ended_is_not_used_again(keys: NodeKeys) -> None:
    def answer_and_end(connection: ssl.SSLSocket) -> None:
        connection.sendall(REPLY)
        hang_up(connection)

    with served(keys, answer_and_end, answer(REPLY)) as (server, calls):
        calls.post(server.url, BODY, {})
        # Its end arrives a moment after the reply.
        time.sleep(0.2)
        again = calls.post(server.url, BODY, {})

    assert again.content == b"hello"
    assert server.made == 2


def test_nobody_there_and_a_stranger_there_are_told_apart(keys: NodeKeys, tmp_path: Path) -> None:
    stranger = make_keys(tmp_path, "gateway-east", "127.0.0.1", Authority.create("another authority", AT), AT)
    with served(keys) as (_, calls):
        phase, _ = phase_of(calls, "https://127.0.0.1:1/v1/lists")
        assert phase is Phase.CONNECT
    with closing(Server(stranger, [answer(REPLY)])) as other, closing(Connections(tls_context(keys), PATIENCE)) as us:
        phase, reason = phase_of(us, other.url)
    assert phase is Phase.CONNECT
    assert reason.startswith("TLS: ")
    assert "certificate" in reason


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (hang_up, "Server disconnected"),
        (answer(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"), "received 5 bytes, expected 50"),
        (answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nhello"), "incomplete chunked read"),
        (answer(b"a name that must not be repeated\r\n\r\n"), "illegal status line"),
        (answer(b"HTTP/1.1 200 OK\r\nContent-"), "Server disconnected"),
        (lambda _connection: time.sleep(1), "timed out"),
    ],
)
def test_a_reply_that_is_none_ends_the_call_and_repeats_nothing_of_it(keys: NodeKeys, act: Act, reason: str) -> None:
    def act_then_end(connection: ssl.SSLSocket) -> None:
        act(connection)
        with suppress(OSError):
            hang_up(connection)

    patience = replace(PATIENCE, read=0.5) if reason == "timed out" else PATIENCE
    with served(keys, act_then_end, patience=patience) as (server, calls):
        phase, said = phase_of(calls, server.url)

    assert phase is Phase.RECEIVE
    assert reason in said
    assert "a name" not in said


def test_a_reply_larger_than_a_message_is_not_read_to_its_end(keys: NodeKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_BYTES", 4)
    with served(keys, answer(REPLY), answer(REPLY)) as (server, calls):
        assert phase_of(calls, server.url)[1] == "the reply is larger than any list may be"
        monkeypatch.setattr(connections, "MAX_BYTES", 5)
        assert calls.post(server.url, BODY, {}).content == b"hello"

    assert server.made == 2


def test_a_server_that_refuses_our_certificate_is_heard(keys: NodeKeys, tmp_path: Path) -> None:
    stranger = make_keys(tmp_path, "gateway-east", "127.0.0.1", Authority.create("another authority", AT), AT)
    stranger.authority.write_bytes(keys.authority.read_bytes())
    with closing(Server(keys, [answer(REPLY)])) as server, closing(Connections(tls_context(stranger), PATIENCE)) as us:
        phase, reason = phase_of(us, server.url)

    assert phase in (Phase.CONNECT, Phase.RECEIVE)
    assert reason.startswith("TLS: ")


def test_only_so_many_calls_are_under_way_at_once(keys: NodeKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_MOST", 1)
    asked, done = threading.Event(), threading.Event()

    def wait(connection: ssl.SSLSocket) -> None:
        asked.set()
        done.wait(20)
        connection.sendall(REPLY)

    with served(keys, wait, patience=replace(PATIENCE, pool=0.1)) as (server, calls):
        first = threading.Thread(target=lambda: calls.post(server.url, BODY, {}))
        first.start()
        assert asked.wait(20)
        phase, _ = phase_of(calls, server.url)
        done.set()
        first.join()

    assert phase is Phase.CONNECT
