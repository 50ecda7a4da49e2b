"""TLS 1.3 to the broker, with a certificate of the edge's own; its dates are held against a time that is never before the truth was last known."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

from edge.core.model import BUILT_AT
from edge.settings import Sync as SyncSettings

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL's x509_vfy.h, which Python has no name for."""

Now = Callable[[], int]


def context(settings: SyncSettings, now: Now) -> ssl.SSLContext | None:
    """What the link connects with; None for mqtt://. now: ms since 1970, as far as it is known. Raises OSError naming a file that cannot be used.

    OpenSSL would hold the certificates' dates against the machine's clock, and an edge that comes up in 1970 would never reach anybody who could tell
    it the time. The broker's certificate is held against `now`, but no earlier than this version was made.
    """
    if not settings.broker.startswith("mqtts://"):
        return None
    made = _of_files(settings)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.verify_flags |= NO_CHECK_TIME
    made.sslsocket_class = _dated(lambda: max(now(), BUILT_AT))
    return made


def _of_files(settings: SyncSettings) -> ssl.SSLContext:
    for field in ("ca_file", "certificate_file", "key_file"):
        path = getattr(settings, field)
        try:
            if path:
                open(path, "rb").close()
        except OSError as error:
            raise OSError(f"sync.{field}: {path} cannot be read ({error.strerror})") from error
    try:
        made = ssl.create_default_context(cafile=settings.ca_file or None)
    except ssl.SSLError as error:
        raise OSError(f"sync.ca_file: {settings.ca_file} holds no certificate (PEM)") from error
    if settings.certificate_file:
        try:
            made.load_cert_chain(settings.certificate_file, settings.key_file or None)
        except ssl.SSLError as error:
            raise OSError("sync.certificate_file and sync.key_file are not a certificate and its key (PEM, no password)") from error
    return made


def _dated(now: Now) -> type[ssl.SSLSocket]:
    """A socket that ends its handshake by looking at the peer's dates, before anything is said over it."""

    class Dated(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            _look(self.getpeercert() or {}, now())

    return Dated


def _look(certificate: dict[str, Any], now: int) -> None:
    """Raises SSLCertVerificationError."""
    first, last = (certificate.get(field, "") for field in ("notBefore", "notAfter"))
    if not first or not last or not 1000 * ssl.cert_time_to_seconds(first) <= now < 1000 * ssl.cert_time_to_seconds(last):
        raise ssl.SSLCertVerificationError(f"the broker's certificate is for {first or '?'} to {last or '?'}, which is not now")
