"""What a process asks of the system and of Python itself: to end with its parent, to look for garbage seldom."""

import ctypes
import gc
import os
import signal
import threading
import time

_PR_SET_PDEATHSIG = 1
#: Some megabytes: more than a page or a message leaves in cycles, as many as a few hundred records of a list.
_OBJECTS_BEFORE_COLLECTING = 50_000


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


def collect_seldom() -> None:
    """Have Python look for garbage in cycles seldom, and never among what the process began with.

    A list of thousands of records is no garbage, but makes Python look through everything again and again: an eighth of
    the time that registering replicas takes. What is in no cycle goes at once as ever.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTING)
