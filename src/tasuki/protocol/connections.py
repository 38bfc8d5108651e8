"""Connections to other nodes, under mutual TLS: what every message between nodes is sent over.

They are kept alive and shared by threads. `httpcore`, on which `httpx` stands, is enough: no message between nodes is
redirected, carries cookies or credentials, or is packed, and preparing for all that takes longer than sending one.
"""

import ssl
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import httpcore

from tasuki.protocol.envelope import MAX_BYTES
from tasuki.protocol.errors import Phase

_MOST = 64
_KEPT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds each part of a call may take."""

    connect: float = 3.0
    write: float = 30.0
    read: float = 60.0
    pool: float = 10.0


class BrokenOff(Exception):
    """A call that brought no reply: in which phase it ended, and why."""

    def __init__(self, phase: Phase, reason: str) -> None:
        super().__init__(reason)
        self.phase, self.reason = phase, reason


@dataclass(frozen=True, slots=True)
class Response:
    """A reply, of whatever status; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Connections:
    """The connections made with one certificate."""

    def __init__(self, context: ssl.SSLContext, patience: Patience) -> None:
        # No proxy: a setting of the machine must never route an exchange elsewhere.
        self._pool = httpcore.ConnectionPool(
            context, max_connections=_MOST, max_keepalive_connections=_MOST, keepalive_expiry=_KEPT_SECONDS
        )
        self._extensions = {"timeout": asdict(patience)}

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send a body and read the reply, which may not be larger than a message.

        :raises BrokenOff: when there is none.
        """
        try:
            with self._pool.stream(
                "POST", url, headers=list(headers.items()), content=body, extensions=self._extensions
            ) as response:
                content = _read(response)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
            raise BrokenOff(Phase.CONNECT, _reason(error)) from error
        except (httpcore.WriteError, httpcore.WriteTimeout) as error:
            raise BrokenOff(Phase.SEND, _reason(error)) from error
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            # A server that refuses our certificate under TLS 1.3 says so only when we read.
            raise BrokenOff(Phase.RECEIVE, _reason(error)) from error
        told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return Response(response.status, told, content)

    def close(self) -> None:
        self._pool.close()


def _read(response: httpcore.Response) -> bytes:
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_stream():
        size += len(chunk)
        if size > MAX_BYTES:
            raise BrokenOff(Phase.RECEIVE, "the reply is larger than any list may be")
        chunks.append(chunk)
    return b"".join(chunks)


def _reason(error: Exception) -> str:
    """Return a short reason that names the TLS fault when there is one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return f"TLS: {getattr(cause, 'verify_message', '') or cause.reason or 'handshake failed'}"
        cause = cause.__cause__ or cause.__context__
    # A reply that is none is not repeated: nobody knows what is in it.
    said = str(error).partition(": ")[0] if isinstance(error, httpcore.ProtocolError) else str(error)
    return said or type(error).__name__
