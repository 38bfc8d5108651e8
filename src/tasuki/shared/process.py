"""Children that do not outlive their parent."""

import ctypes
import os
import signal
import threading
import time

_PR_SET_PDEATHSIG = 1


def die_with_parent(sign: signal.Signals) -> None:
    """Ask the kernel to send this process a signal when its parent ends, however the parent ends (Linux).

    :raises OSError: when the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")


def end_after_parent(parent: int, grace: float) -> None:
    """End this process some seconds after its parent has, should it not have ended by itself until then.

    Being told to stop is not always enough: when the database ended at the same moment, a process may wait for it.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        time.sleep(grace)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
