"""Where foreign exceptions end: an adapter turns what its library raises into the house's errors, which say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edge.core.errors import DeviceLost, DeviceMissing


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
        raise DeviceLost(
            f"{device}: {path} stopped answering ({error}). Check cable and power; it is tried again by itself."
        ) from error
