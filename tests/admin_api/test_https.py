"""HTTPS with the site's own authority: a browser that trusts it needs nothing else."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from admin_api import tls
from edge.core.errors import SettingsError
from edge.settings import Settings, parse
from tests.admin_api.desk_facility import PASSWORD, desk_over, make_users
from tests.support.facility import Facility


async def test_the_made_certificate_verifies_against_the_downloaded_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    house = Facility(tmp_path / "site")
    async with house.running():
        await make_users(house)
        async with desk_over(house, listen="0.0.0.0:0", more='names = ["gate.example.org", "10.1.2.3"]') as site:
            url = site.url.replace("0.0.0.0", "127.0.0.1")
            assert url.startswith("https://")
            async with httpx.AsyncClient(verify=False, trust_env=False) as http:
                pem = (await http.get(f"{url}/site-ca.crt")).text
            trust = ssl.create_default_context(cadata=pem)
            async with httpx.AsyncClient(verify=trust, trust_env=False, base_url=url) as http:
                page = await http.get("/sign-in")
                assert page.status_code == 200 and "certificate authority" in page.text
                answer = await http.post("/sign-in", data={"login": "guard", "password": PASSWORD})
                cookie = answer.headers["set-cookie"]
                assert (
                    cookie.startswith("__Host-gatelatch=")
                    and "Secure" in cookie
                    and "HttpOnly" in cookie
                    and "Domain" not in cookie
                )
            with pytest.raises(httpx.ConnectError):
                async with httpx.AsyncClient(trust_env=False) as http:
                    await http.get(f"{url}/sign-in")
            old = ssl.create_default_context(cadata=pem)
            old.maximum_version = ssl.TLSVersion.TLSv1_1
            old.minimum_version = ssl.TLSVersion.TLSv1
            with pytest.raises(httpx.ConnectError):
                async with httpx.AsyncClient(verify=old, trust_env=False) as http:
                    await http.get(f"{url}/sign-in")
    await house.close()


def made(folder: Path, now: dt.datetime | None = None, **desk: object) -> tls.Served:
    names = tuple(desk.get("names", ()))  # type: ignore[arg-type]
    settings = parse(f'state = "{folder}"\n[desk]\nlisten = "0.0.0.0:443"\nnames = {list(names)!r}'.replace("'", '"'))
    return tls.certificates(settings, now)


def test_the_certificate_is_kept_renewed_in_time_and_made_anew_for_another_name(tmp_path: Path) -> None:
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    first = made(tmp_path, start)
    serial = _serial(first)
    assert first.key.stat().st_mode & 0o777 == 0o600 and (tmp_path / "desk/site-ca.key").stat().st_mode & 0o777 == 0o600
    assert _serial(made(tmp_path, start + dt.timedelta(days=300))) == serial
    renewed = made(tmp_path, start + dt.timedelta(days=370))
    assert _serial(renewed) != serial
    again = _serial(renewed)
    assert _serial(made(tmp_path, start + dt.timedelta(days=371), names=("gate.example.org",))) != again
    authority = x509.load_pem_x509_certificate((tmp_path / "desk/site-ca.crt").read_bytes())
    assert (authority.not_valid_after_utc - start).days == 3650


def _serial(served: tls.Served) -> int:
    return x509.load_pem_x509_certificate(served.certificate.read_bytes()).serial_number


def test_own_certificates_that_do_not_work_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"desk.key_file"):
        tls.certificates(parse(f'state = "{tmp_path}"\n[desk]\ncertificate_file = "{tmp_path}/mine.pem"'))
    wrong = tmp_path / "mine.pem"
    wrong.write_text("not a certificate")
    settings = parse(f'state = "{tmp_path}"\n[desk]\ncertificate_file = "{wrong}"\nkey_file = "{wrong}"')
    with pytest.raises(SettingsError, match="do not work together"):
        tls.context(tls.certificates(settings))
    assert Settings().desk.certificate_file == ""
