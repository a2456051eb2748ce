"""The file of parameters, and the worlds that are drawn from its ranges."""

import tomllib
from pathlib import Path

import pytest

from matching.simulation import study
from matching.simulation.world import HOME, WrongWorld, drawn, read


def test_every_number_has_a_source_and_a_range_holds_its_value() -> None:
    told = tomllib.loads(HOME.read_text(encoding="utf-8"))
    spreads = {"people.spread", "requests.spread"}  # nothing is shaken at home
    for section in ("size", "accept", "answer", "leave", "people", "requests", "tiers"):
        for name, entry in told[section].items():
            assert len(entry["source"]) > 15, (section, name)
            if "range" in entry and f"{section}.{name}" not in spreads:
                low, high = entry["range"]
                assert low <= entry["value"] <= high, (section, name)
    assert sum(family["share"] for family in told["families"].values()) == pytest.approx(1)


def test_a_number_without_its_source_is_refused_by_name(tmp_path: Path) -> None:
    bare = tmp_path / "bare.toml"
    bare.write_text("[size]\nmembers = { value = 3 }\n", encoding="utf-8")
    with pytest.raises(WrongWorld, match=r"size\.members"):
        read(bare)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("members: 3", encoding="utf-8")
    with pytest.raises(WrongWorld, match=r"other\.toml"):
        read(other)


def test_a_world_held_out_is_the_same_each_time_unlike_the_next_and_within_the_ranges() -> None:
    one, again, next_ = drawn(1), drawn(1), drawn(2)
    assert one == again
    assert one.at != next_.at
    assert one.kinds != next_.kinds
    told = tomllib.loads(HOME.read_text(encoding="utf-8"))
    for key, value in one.at.items():
        section, name = key.split(".")
        entry = told[section][name]
        if "range" in entry:
            assert entry["range"][0] <= value <= entry["range"][1], key


def test_an_unknown_number_cannot_be_set() -> None:
    with pytest.raises(WrongWorld, match=r"size\.patience"):
        read().with_(size_patience=1)


def test_a_world_where_even_the_oracle_finds_nobody_cannot_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "TRIED_MEMBERS", 60)
    assert not study.can_live(read().with_(accept_intercept=-7.0))


def test_worlds_that_cannot_live_are_passed_over_and_too_few_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "can_live", lambda world: world.name in {"held out 110", "held out 113"})
    chosen = study.worlds(None, 2, 100)
    assert [world.name for world in chosen] == ["home", "held out 110", "held out 113"]
    assert {world.of("size.members") for world in chosen} == {100}
    with pytest.raises(WrongWorld, match="only 2"):
        study.worlds(None, 3, None)
