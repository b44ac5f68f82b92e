from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkastack.clouds.local.layout import (
    SOCKET_PATH_LIMIT,
    machine_name,
    runtime_folder,
    runtime_path,
)
from kafkastack.clouds.protocol import MachineSpec
from kafkastack.errors import PreflightError


@pytest.fixture
def xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    # Short, as /run/user/1000 is: pytest's own folders are longer than a socket's path may be.
    folder = Path(f"/tmp/kr-{tmp_path.stat().st_ino}")
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir()
    folder.rmdir()


def test_sockets_have_a_private_folder_of_their_own(xdg: Path, tmp_path: Path):
    folder = runtime_folder(tmp_path / "overlord")

    assert folder.parent == xdg / "kafkastack"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_only_looked_for_is_not_made(xdg: Path, tmp_path: Path):
    assert not runtime_path(tmp_path / "overlord").exists()
    assert not (xdg / "kafkastack").exists()
    assert runtime_path(tmp_path / "overlord") == runtime_folder(tmp_path / "overlord")


def test_two_controllers_of_one_name_have_two_folders(xdg: Path, tmp_path: Path):
    assert runtime_folder(tmp_path / "a" / "main") != runtime_folder(tmp_path / "b" / "main")


def test_a_machines_sockets_fit_into_an_address(xdg: Path, tmp_path: Path):
    folder = runtime_folder(tmp_path / ("long" * 40))
    spec = MachineSpec("0a1b2c3d-0000-4000-8000-0123456789ab", "demo", "12")

    path = folder / machine_name(spec) / "unit-self-signed-certificates-10.socket"

    assert len(str(path)) <= SOCKET_PATH_LIMIT


def test_a_folder_that_others_may_enter_is_refused(xdg: Path, tmp_path: Path):
    (xdg / "kafkastack").mkdir(mode=0o755)

    with pytest.raises(PreflightError, match="is not a private folder of user"):
        runtime_folder(tmp_path)


def test_a_link_planted_by_somebody_else_is_refused(xdg: Path, tmp_path: Path):
    private = tmp_path / "elsewhere"
    private.mkdir(mode=0o700)
    (xdg / "kafkastack").symlink_to(private)

    with pytest.raises(PreflightError, match="is not a private folder of user"):
        runtime_folder(tmp_path)
    (xdg / "kafkastack").unlink()
