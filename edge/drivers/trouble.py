"""Where foreign exceptions end: an adapter turns what its library raises into the house's errors, which say what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from edge.core.errors import DeviceLost, DeviceMissing

_WORDS = {
    errno.ECONNREFUSED: "nothing answers at this address",
    errno.ECONNRESET: "the other side broke the line",
    errno.EPIPE: "the other side closed the line",
    errno.ETIMEDOUT: "no answer in time",
    errno.EHOSTUNREACH: "no way to this machine",
    errno.ENETUNREACH: "no way to this network",
    errno.EADDRNOTAVAIL: "the address is not one of this network",
    errno.EBUSY: "something else uses it",
    errno.EIO: "the device was pulled out or broke",
    errno.ENXIO: "the device is gone",
    errno.ENODEV: "the device is gone",
    errno.ENOTTY: "this is no serial port",
}


def reason(error: OSError) -> str:
    """Why a device failed, in words for a page: never a number alone, never a call's name."""
    if isinstance(error, TimeoutError):
        return _WORDS[errno.ETIMEDOUT]
    if error.errno in _WORDS:
        return _WORDS[error.errno]
    if isinstance(error, ConnectionError):
        return _WORDS[errno.ECONNREFUSED if isinstance(error, ConnectionRefusedError) else errno.ECONNRESET]
    text = str(error)
    for number, words in _WORDS.items():  # asyncio puts several attempts into one error without a number of its own
        if f"[Errno {number}]" in text:
            return words
    return (error.strerror or "the system gave no reason").lower() if error.errno else text


@contextmanager
def mapped(device: str, path: str) -> Iterator[None]:
    """OSError from the device at `path` as DeviceMissing (it is not there) or DeviceLost (it was, and stopped)."""
    try:
        yield
    except FileNotFoundError as error:
        raise DeviceMissing(f"{device}: {path} is not there. Plugged in? `gatelatch doctor` lists what is.") from error
    except PermissionError as error:
        raise DeviceMissing(
            f"{device}: {path} may not be opened by this user. Add it to the group that owns it (dialout, gpio)."
        ) from error
    except OSError as error:
        raise DeviceLost(f"{device}: {path}: {reason(error)}. Check cable and power; it is tried again by itself.") from error
