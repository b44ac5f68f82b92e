"""An image is in the cache whole or not at all, and is built by one at a time."""

import stat
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from kafkastack.errors import DownloadError, KafkastackError
from kafkastack.microstack.images.build import Builder
from kafkastack.microstack.images.recipe import recipe


class FakePrograms:
    """Stands for mmdebstrap and the scripts; `fails` is the program that does."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.ran: list[str] = []
        self.modes: dict[str, int] = {}

    def __call__(self, argv: Sequence[str], log: Path, path: str) -> int:
        program = Path(argv[0]).name
        self.ran.append(program)
        log.write_text(f"{program} was here\n")
        if program == self.fails:
            return 1
        if program == "mmdebstrap":
            Path(argv[-1]).joinpath("sbin").mkdir(parents=True)
            Path(argv[-1]).joinpath("sbin/init").symlink_to("/lib/systemd/systemd")
        else:
            self._run_script(Path(argv[1]), Path(argv[2]))
        return 0

    def _run_script(self, tree: Path, out: Path) -> None:
        init = tree / "sbin/init"
        self.modes["/sbin/init"] = 0 if init.is_symlink() else stat.S_IMODE(init.stat().st_mode)
        (out / "disk.img").write_bytes(b"disk")


def build(cache: Path, programs: FakePrograms) -> Path:
    return Builder(cache, run=programs, said=lambda _: None).build(recipe("debian")).disk


def test_an_image_is_built_once(tmp_path: Path) -> None:
    programs = FakePrograms()

    first, second = build(tmp_path, programs), build(tmp_path, programs)

    assert first == second
    assert first.read_bytes() == b"disk"
    assert programs.ran.count("mmdebstrap") == 1


def test_what_is_left_in_the_cache_is_the_image_alone(tmp_path: Path) -> None:
    disk = build(tmp_path, FakePrograms())

    folders = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert folders == [disk.parent]
    assert list(disk.parent.iterdir()) == [disk]


def test_a_file_takes_the_place_of_the_link_that_a_package_brought(tmp_path: Path) -> None:
    programs = FakePrograms()

    build(tmp_path, programs)

    assert programs.modes["/sbin/init"] == 0o755


def test_packages_that_cannot_be_had_leave_nothing_and_name_the_log(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"look at: .*debian\.log"):
        build(tmp_path, FakePrograms(fails="mmdebstrap"))

    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_a_script_that_fails_is_named_and_the_next_build_is_whole(tmp_path: Path) -> None:
    with pytest.raises(KafkastackError, match=r"disk\.sh of image debian failed"):
        build(tmp_path, FakePrograms(fails="disk.sh"))

    assert build(tmp_path, FakePrograms()).exists()


def test_what_a_killed_builder_left_is_taken_for_nothing_and_removed(tmp_path: Path) -> None:
    left = tmp_path / ".debian-abc" / "out"
    left.mkdir(parents=True)
    (left / "disk.img").write_bytes(b"half")

    assert build(tmp_path, FakePrograms()).read_bytes() == b"disk"
    assert not left.exists()


def test_two_who_build_the_same_take_turns(tmp_path: Path) -> None:
    programs = FakePrograms()
    threads = [threading.Thread(target=build, args=(tmp_path, programs)) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert programs.ran.count("mmdebstrap") == 1
