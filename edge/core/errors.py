"""The errors the house raises on purpose. Each carries one line that says what to do and whether trying again can help."""

from __future__ import annotations


class HouseError(Exception):
    """Base of all of them. code is stable and goes over wires; field names the input at fault, if one is."""

    code = "error"
    retry = False

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(HouseError):
    """The request makes no sense as it stands; the message says what would."""

    code = "invalid"


class NotFound(HouseError):
    """There is no such thing, or the actor may not know that there is."""

    code = "not_found"


class Conflict(HouseError):
    """Somebody else changed it first, or it already exists."""

    code = "conflict"


class Forbidden(HouseError):
    """The actor is known and lacks the right."""

    code = "forbidden"


class NotSignedIn(HouseError):
    """No session, an expired one, or a wrong password."""

    code = "not_signed_in"


class SecondFactorNeeded(NotSignedIn):
    """Name and password are right; the code of the second factor is wanted as well."""

    code = "second-factor-needed"


class Busy(HouseError):
    """A bound was reached; trying again shortly can help."""

    code = "busy"
    retry = True


class Unavailable(HouseError):
    """A part that is needed is down; trying again when it is back can help."""

    code = "unavailable"
    retry = True


class SettingsError(HouseError):
    """A settings file that cannot be used."""

    code = "settings"


class StoreError(HouseError):
    """A database that cannot be opened, is from a newer version, or is damaged."""

    code = "store"


class DeviceMissing(HouseError):
    """A device that is configured is not there."""

    code = "device_missing"
    retry = True


class DeviceLost(HouseError):
    """A device that was there has gone or stopped answering."""

    code = "device_lost"
    retry = True
