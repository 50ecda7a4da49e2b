"""The second factor of signing in: codes of six digits that change every 30 s (TOTP, RFC 6238), and recovery codes.

Seeds are in secrets.db, edge alone. A code is good in its own slice and the one before and behind it, and each slice once.
"""

from __future__ import annotations

import hashlib
import secrets as randomness
from collections.abc import Callable

import pyotp
from pyotp.utils import strings_equal

from edge.core.errors import Conflict, Invalid
from edge.store.secrets import Secrets

SLICE_S = 30
DRIFT = 1
"""Slices that a phone's clock may be off."""
RECOVERY_CODES = 10
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


class SecondFactors:
    """Seeds and recovery codes by user; each change is one durable commit."""

    def __init__(self, secrets: Secrets, site: Callable[[], str]) -> None:
        self._secrets, self._site = secrets, site

    def has(self, user: str) -> bool:
        """Does signing in ask this user for a code."""
        found = self._secrets.second_factor(user)
        return found is not None and found[1]

    def enrol(self, user: str, login: str) -> tuple[str, str]:
        """(seed, otpauth address) of a new one that waits for its first code. Raises Conflict where there is one already."""
        if self.has(user):
            raise Conflict("there is a second factor already; an administrator can switch it off")
        seed = pyotp.random_base32()
        self._secrets.put_second_factor(user, seed)
        return seed, pyotp.TOTP(seed, interval=SLICE_S).provisioning_uri(name=login, issuer_name=self._site())

    def confirm(self, user: str, code: str, now: int) -> tuple[str, ...]:
        """The first code. Returns the recovery codes, which are said once. Raises Conflict, Invalid. now: ms since 1970."""
        found = self._secrets.second_factor(user)
        if found is None or found[1]:
            raise Conflict("begin with a new seed; there is none that waits for its first code")
        slice = self._slice_of(found[0], code, now, after=0)
        if slice is None:
            raise Invalid("this is not the code that the seed gives now; is the clock of the phone right?", field="code")
        codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
        self._secrets.confirm_second_factor(user, slice, [_hash(c) for c in codes])
        return codes

    def take(self, user: str, code: str, now: int) -> bool:
        """Is this a good code of this user; each is taken once, whoever else is quick. now: ms since 1970."""
        found = self._secrets.second_factor(user)
        if found is None or not found[1]:
            return False
        slice = self._slice_of(found[0], code, now, after=found[2])
        if slice is not None:
            return self._secrets.take_slice(user, slice)
        return self._secrets.take_recovery_code(user, _hash(code))

    def switch_off(self, user: str) -> None:
        """Forget the seed and the recovery codes."""
        self._secrets.forget_second_factor(user)

    @staticmethod
    def _slice_of(seed: str, code: str, now: int, *, after: int) -> int | None:
        """The slice that this is the code of, behind the last one taken."""
        digits = "".join(code.split())
        if len(digits) != 6 or not digits.isdecimal() or not digits.isascii():
            return None
        present, maker = now // 1000 // SLICE_S, pyotp.TOTP(seed, interval=SLICE_S)
        slices = range(max(after + 1, present - DRIFT), present + DRIFT + 1)
        return next((s for s in slices if strings_equal(digits, maker.generate_otp(s))), None)


def _recovery_code() -> str:
    letters = "".join(randomness.choice(_LETTERS) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _hash(code: str) -> bytes:
    return hashlib.sha256("".join(c for c in code.upper() if c.isalnum()).encode()).digest()
