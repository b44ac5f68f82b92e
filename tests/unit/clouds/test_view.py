from pathlib import Path

import pytest

from kafkastack.clouds.local.view import to_cover


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to show below a private one; here nothing else is a temporary folder."""
    monkeypatch.setattr("kafkastack.clouds.local.view._TMP", ())
    tmp_path.chmod(0o755)
    folder = tmp_path / "open/private/inner/shown"
    folder.mkdir(parents=True)
    (tmp_path / "open/private").chmod(0o700)
    (tmp_path / "open/private/inner").chmod(0o700)
    return folder


def test_the_first_folder_that_others_may_not_enter_is_covered(tmp_path: Path, shown: Path):
    found = list(to_cover([shown], []))

    assert len(found) == 1
    assert str(shown).startswith(found[0])


def test_a_home_is_covered_once_and_what_lies_below_it_with_it(tmp_path: Path, shown: Path):
    home = tmp_path / "open"

    covered = list(to_cover([], [home / "private", home, shown, home]))

    assert covered == [str(home)]


@pytest.mark.parametrize("home", ["/", "/usr", "/var", "/usr/bin", "/nonexistent", "/run"])
def test_a_home_that_is_a_folder_of_the_system_is_left_alone(home: str):
    assert not list(to_cover([], [Path(home)]))


def test_a_home_that_is_a_link_is_covered_where_it_is(tmp_path: Path, shown: Path):
    (tmp_path / "link").symlink_to(tmp_path / "open")

    covered = list(to_cover([], [tmp_path / "link"]))

    assert covered == [str((tmp_path / "open").resolve())]
