"""A backup taken while the gate works can be put back, verified, and goes on under a new log."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.__main__ import main
from edge.core.errors import Invalid
from edge.core.judgement import Reason
from edge.identity import uuid7
from edge.store.backup import backup, restore
from edge.store.files import Files
from tests.support.facility import Facility


async def test_a_backup_of_a_working_gate_is_put_back_whole(facility: Facility, tmp_path: Path) -> None:
    _, _, code = await facility.customer_with_card("Ada")
    await facility.scan(code)
    before = (await facility.edge.journal.write(lambda tx: tx.position())).log_id
    file = tmp_path / "gate.tar"
    manifest = backup(facility.edge.files, file, at=1, program="test")
    assert manifest.log_id == before
    assert file.stat().st_mode & 0o777 == 0o600

    other = Facility(tmp_path / "other")
    restore(file, Files(other.folder / "state"), at=2, new_log_id=uuid7())
    other.ids = facility.ids
    async with other.running():
        assert await other.scan(code) is Reason.GRANTED
        assert (await other.edge.journal.write(lambda tx: tx.position())).log_id != before
        assert any(e.code == "log_forked" for e in await other.events("system"))
    await other.close()
    result = CliRunner().invoke(main, ["journal", "verify", "--settings", str(_settings(other))])
    assert result.exit_code == 0, result.output


async def test_a_damaged_backup_is_refused_before_anything_is_moved(facility: Facility, tmp_path: Path) -> None:
    file = tmp_path / "gate.tar"
    backup(facility.edge.files, file, at=1, program="test")
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    file.write_bytes(whole)
    target = Files(tmp_path / "target")
    with pytest.raises(Invalid):
        restore(file, target, at=2, new_log_id=uuid7())
    assert not target.journal.exists()
    file.write_bytes(b"not a tar")
    with pytest.raises(Invalid, match="not a whole Gatelatch backup"):
        restore(file, target, at=2, new_log_id=uuid7())


async def test_restore_is_refused_while_the_edge_runs(facility: Facility, tmp_path: Path) -> None:
    file = tmp_path / "gate.tar"
    runner = CliRunner()
    settings = str(_settings(facility))
    made = await _in_thread(lambda: runner.invoke(main, ["backup", str(file), "--settings", settings]))
    assert made.exit_code == 0, made.output
    refused = await _in_thread(lambda: runner.invoke(main, ["restore", str(file), "--settings", settings]))
    assert refused.exit_code == 1
    assert "the edge is running; stop it first" in refused.output


async def test_what_was_there_is_kept_beside(facility: Facility, tmp_path: Path) -> None:
    file = tmp_path / "gate.tar"
    backup(facility.edge.files, file, at=1, program="test")
    target = Files(tmp_path / "target")
    restore(file, target, at=2, new_log_id=uuid7())
    _, aside = restore(file, target, at=3, new_log_id=uuid7())
    assert aside is not None
    assert (aside / "journal.db").exists()


async def test_doctor_names_what_is_missing(facility: Facility) -> None:
    settings = str(_settings(facility))
    well = await _in_thread(lambda: CliRunner().invoke(main, ["doctor", "--settings", settings]))
    assert well.exit_code == 0, well.output
    assert "edge: version" in well.output
    assert "events verify" in well.output
    facility.scanner.unplug()
    ill = await _in_thread(lambda: CliRunner().invoke(main, ["doctor", "--settings", settings]))
    facility.scanner.plug_in()
    assert ill.exit_code == 1
    assert "reader scanner-in" in ill.output


def _settings(facility: Facility) -> Path:
    path = facility.folder / "gatelatch.toml"
    path.write_text(facility.settings(), "utf-8")
    return path


async def _in_thread(work):  # type: ignore[no-untyped-def]
    import asyncio

    return await asyncio.to_thread(work)
