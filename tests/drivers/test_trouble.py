"""What the system says of a device goes to pages as words, never as a number."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from edge.core.errors import DeviceLost, DeviceMissing
from edge.drivers.trouble import mapped, reason
from edge.sync.link import _words


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_of_the_system_has_words(number: int) -> None:
    said = reason(OSError(number, os.strerror(number)))
    assert said and "Errno" not in said and not said[0].isupper() and str(number) not in said


def test_a_refused_connection_and_several_attempts_in_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DeviceLost, match=r"door north: .*: nothing answers at this address") as caught, mapped("door north", "it"):
        socket.create_connection(("127.0.0.1", port))
    assert "Errno" not in caught.value.message
    several = OSError(
        "Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), [Errno 111] Connect call failed ('127.0.0.1', 1)"
    )
    assert reason(several) == "nothing answers at this address"
    assert "Errno" not in _words(OSError(errno.ECONNREFUSED, "Connection refused"))


def test_what_is_missing_and_what_is_forbidden_say_what_to_do() -> None:
    with pytest.raises(DeviceMissing, match="Plugged in"), mapped("reader gate", "/dev/none"):
        os.open("/dev/none-of-this-name", os.O_RDWR)
    with pytest.raises(DeviceMissing, match="group that owns it"), mapped("reader gate", "/dev/none"):
        raise PermissionError(errno.EACCES, "Permission denied")
