"""The end of the server when its client is gone without a word.

That is mostly seen by the end of stdin. But its other end may be held open by another process that the client
started; so the client's process is watched as well.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable

POLL_INTERVAL = 5.0  # seconds, where the system cannot tell of a process's end


def watch_process(process: int, on_end: Callable[[], None]) -> None:
    """Call `on_end` when `process` has ended; never where it does not exist now.

    A client outside of the container that the server runs in has a number that means nothing here.
    """
    if sys.platform == "win32":
        return  # there the pipe's other end is not inherited by accident
    loop = asyncio.get_running_loop()
    if sys.platform == "linux":
        try:
            handle = os.pidfd_open(process)
        except ProcessLookupError:
            return
        except OSError:  # before Linux 5.3
            pass
        else:
            loop.add_reader(handle, _close_then, handle, on_end)
            return
    if _exists(process):
        loop.call_later(POLL_INTERVAL, _poll, process, on_end)


def _close_then(handle: int, on_end: Callable[[], None]) -> None:
    asyncio.get_running_loop().remove_reader(handle)
    os.close(handle)
    on_end()


def _poll(process: int, on_end: Callable[[], None]) -> None:
    if _exists(process):
        asyncio.get_running_loop().call_later(POLL_INTERVAL, _poll, process, on_end)
    else:
        on_end()


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
