"""HTTPS without the internet: a certificate authority of the site's own, made once, and a server certificate signed by it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge import logs
from edge.core.errors import SettingsError
from edge.settings import Settings

log = logs.get("tls")

CA_DAYS, SERVER_DAYS, RENEW_DAYS = 3650, 397, 30


@dataclass(frozen=True)
class Served:
    """What to serve HTTPS with. authority: the site's own, to be trusted by browsers; None with a certificate by settings."""

    certificate: Path
    key: Path
    authority: Path | None


def desk_folder(settings: Settings) -> Path:
    """Where the desk keeps its own files: by settings, what systemd gives it, else `desk` in the state folder. Raises SettingsError."""
    given = settings.desk.folder or os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    folder = Path(given) if given else Path(settings.state) / "desk"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{folder}: the desk cannot keep its files there ({error}); make it writable for the desk") from error
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"{folder}: the desk cannot write there; make it writable for the desk's user")
    return folder


def certificates(settings: Settings, now: dt.datetime | None = None) -> Served:
    """The certificate to serve with: by settings, or made here and renewed in its last thirty days. Raises SettingsError."""
    desk = settings.desk
    if desk.certificate_file:
        if not desk.key_file:
            raise SettingsError("desk.key_file: name the private key of desk.certificate_file", field="desk.key_file")
        for field, file in (("certificate_file", desk.certificate_file), ("key_file", desk.key_file)):
            if not os.access(file, os.R_OK):
                raise SettingsError(f"desk.{field}: {file} cannot be read", field=f"desk.{field}")
        return Served(Path(desk.certificate_file), Path(desk.key_file), None)
    at = now or dt.datetime.now(dt.UTC)
    folder = desk_folder(settings)
    authority, authority_key = folder / "site-ca.crt", folder / "site-ca.key"
    if not (authority.exists() and authority_key.exists()):
        _make_authority(authority, authority_key, settings.site.name, at)
    certificate, key = folder / "server.crt", folder / "server.key"
    names = wanted_names(settings)
    if not _still_good(certificate, key, authority, names, at):
        _make_server(certificate, key, authority, authority_key, names, at)
    return Served(certificate, key, authority)


def wanted_names(settings: Settings) -> tuple[str, ...]:
    """Every name the certificate is for: this machine's, localhost, its addresses, and those of the settings."""
    host = socket.gethostname()
    found = [host, socket.getfqdn(), f"{host}.local" if "." not in host else host, "localhost", "127.0.0.1", "::1"]
    try:
        found += [str(info[4][0]) for info in socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)]
    except OSError as error:
        log.info("own addresses not known", error=str(error))
    listen = settings.desk.listen.rpartition(":")[0].strip("[]")
    if listen not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        found.append(listen)
    found += settings.desk.names
    return tuple(sorted({name.partition("%")[0] for name in found if name}))


def context(served: Served) -> ssl.SSLContext:
    """TLS 1.2 and up with this certificate. Raises SettingsError."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        made.load_cert_chain(served.certificate, served.key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"{served.certificate}: certificate and key do not work together: {error}") from error
    return made


def _make_authority(certificate: Path, key_file: Path, site: str, at: dt.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Gatelatch {site}"[:64])])
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        _builder(name, name, key.public_key(), at, CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(key_file, _pem(key), 0o600)
    _write(certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)
    log.info("made the site's certificate authority", file=str(certificate))


def _make_server(
    certificate: Path, key_file: Path, authority: Path, authority_key: Path, names: tuple[str, ...], at: dt.datetime
) -> None:
    signer = serialization.load_pem_private_key(authority_key.read_bytes(), None)
    issuer = x509.load_pem_x509_certificate(authority.read_bytes())
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise SettingsError(f"{authority_key}: not a key this desk has made; put both site-ca files away and start again")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    made = (
        _builder(subject, issuer.subject, key.public_key(), at, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName([_name(n) for n in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write(key_file, _pem(key), 0o600)
    _write(certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)
    log.info("made a server certificate", names=list(names), days=SERVER_DAYS)


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, at: dt.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - dt.timedelta(days=1))
        .not_valid_after(at + dt.timedelta(days=days))
    )


def _still_good(certificate: Path, key: Path, authority: Path, names: tuple[str, ...], at: dt.datetime) -> bool:
    if not (certificate.exists() and key.exists()):
        return False
    made = x509.load_pem_x509_certificate(certificate.read_bytes())
    issuer = x509.load_pem_x509_certificate(authority.read_bytes())
    held = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    covered = {str(v) for v in [*held.get_values_for_type(x509.DNSName), *held.get_values_for_type(x509.IPAddress)]}
    soon = at + dt.timedelta(days=RENEW_DAYS)
    return made.issuer == issuer.subject and made.not_valid_after_utc > soon and covered >= {str(_name(n).value) for n in names}


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text.encode("idna").decode() if not text.isascii() else text)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, never wider readable than meant."""
    fresh = path.with_name(path.name + ".new")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.fchmod(fd, mode)
        os.write(fd, content)
        os.fsync(fd)
    finally:
        os.close(fd)
    os.replace(fresh, path)
