"""A line between two nodes that can be cut: it forwards bytes and knows nothing of them."""

import contextlib
import socket
import threading
from dataclasses import dataclass, field

_BLOCK = 65_536


@dataclass
class Wire:
    """Forwards connections to a node until it is cut; while cut, nobody gets through."""

    to_host: str
    to_port: int
    host: str = "127.0.0.1"
    port: int = 0
    _open: set[socket.socket] = field(default_factory=set)
    _is_cut: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._listener = socket.create_server((self.host, self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, name="wire", daemon=True).start()

    def cut(self) -> None:
        """Break every connection, in the middle of whatever it carries."""
        with self._lock:
            self._is_cut = True
            for end in self._open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def mend(self) -> None:
        with self._lock:
            self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return  # Closed: nobody needs the wire any more.
            if self._is_cut:
                near.close()
                continue
            try:
                far = socket.create_connection((self.to_host, self.to_port), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), name="wire", daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(_BLOCK):
                sink.sendall(block)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open.discard(source)
        # Each direction closes the end it reads; the other's last write to it fails, and is over.
        source.close()
