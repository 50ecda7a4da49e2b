"""Wrong settings are named with what would be right; the last good ones go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.app import Edge
from edge.core.errors import SettingsError
from edge.settings import load_or_last_good, parse

ALONE = '[site]\ntime_zone = "Europe/Warsaw"\n'


HOUR = 3_600_000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[site]\ntimezone = "UTC"', "unknown setting site.timezone; did you mean time_zone?"),
        ('stat = "/tmp"', "unknown setting stat; did you mean state?"),
        ('[[reader]]\ndriver = "serial"\nname = "a"\naccess_point = "b"\nport = "c"\nbauds = 9600', "reader[0].bauds; did you mean baud?"),
        ('[[door]]\ndriver = "line"\nname = "a"\nadress = "b"', "door[0].adress; did you mean address?"),
        ("ninepins = 1", "unknown setting ninepins; known here:"),
        ('[site]\ntime_zone = "Europe/Warszawa"', "site.time_zone: no such zone; did you mean Europe/Warsaw?"),
        ('[site]\ntime_zone = "Europe"', "site.time_zone: no such zone"),
        ("site = 5", "site: Expected `object`, got `int`"),
        ("[site", "not valid TOML"),
        ('[[reader]]\ndriver = "telepathy"\nname = "a"', "telepathy"),
        ('[desk]\nlisten = "8480"', "desk.listen: write address:port"),
        ('[desk]\nlisten = "localhost:\u00b2"', "desk.listen: write address:port"),
        ('[[door]]\ndriver = "line"\nname = "a"\naddress = "x"', "door[0].address: write address:port"),
        ('[[door]]\ndriver = "line"\nname = "a"\naddress = "x:1"\nwhen_journal_fails = "ajar"', "door[0].when_journal_fails: write 'shut' or 'open'"),
        ('[[door]]\ndriver = "line"\nname = "a"\naddress = "x:1"\n' * 2, "door[1].name: there is another door called a"),
        ('[sync]\nbroker = "http://x"\nsite = "a"\nedge = "b"\ncentral_keys = {k = "x"}', "sync.broker: write mqtt://host:1883"),
        ('[sync]\nbroker = "mqtt://x"\nsite = "a"\nedge = "b"\ncentral_keys = {}', "sync.central_keys: name at least one public key"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_in_one_line_with_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text, "gatelatch.toml")
    assert says in caught.value.message
    assert caught.value.message.startswith("gatelatch.toml: ")
    assert "\n" not in caught.value.message


def test_the_last_good_settings_are_kept_and_used_until_the_file_is_mended(tmp_path: Path) -> None:
    file = tmp_path / "gatelatch.toml"
    file.write_text('[site]\nname = "Marina"\n')
    assert load_or_last_good(file)[1] == ""
    for wrong in ('[site]\nnaem = "Marina"\n', "", None):
        if wrong is None:
            file.unlink()
        else:
            file.write_text(wrong or "[[")
        settings, problem = load_or_last_good(file)
        assert settings.site.name == "Marina"
        assert "Running with the last good settings" in problem
        assert "\n" not in problem
    file.write_text('[site]\nname = "Marina two"\n')
    settings, problem = load_or_last_good(file)
    assert (settings.site.name, problem) == ("Marina two", "")


def test_with_nothing_good_the_line_is_about_the_file_that_a_person_edits(tmp_path: Path) -> None:
    file = tmp_path / "gatelatch.toml"
    for kept in (None, "also = wrong"):
        if kept:
            (tmp_path / "gatelatch.toml.last-good").write_text(kept)
        file.write_text("colour = 1")
        with pytest.raises(SettingsError, match="unknown setting colour") as caught:
            load_or_last_good(file)
        assert caught.value.message.startswith(f"{file}: ")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_or_last_good(file)


async def test_an_edge_that_runs_with_its_last_good_settings_says_so_in_health(tmp_path: Path) -> None:
    settings = parse(f'state = "{tmp_path / "state"}"\n{ALONE}')
    async with Edge(settings, problem="unknown setting colour").running() as edge:
        (part,) = [p for p in edge.report()["parts"] if p["kind"] == "settings"]
        assert (part["state"], part["detail"]) == ("trouble", "unknown setting colour")
