"""A charm's environment is built once, and whoever waits for it keeps nobody else waiting."""

import asyncio
import threading
from pathlib import Path

import pytest

from kafkastack.artifacts import charm_environment


def test_what_a_killed_controller_left_half_built_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def install(*words: str, cwd: Path) -> None:
        Path(words[words.index("--target") + 1]).mkdir()

    monkeypatch.setattr(charm_environment, "_uv", install)
    (tmp_path / "requirements.txt").write_text("ops\n")
    folder = charm_environment.environment_folder(tmp_path, "3.11", tmp_path / "cache")
    assert folder
    half = folder.parent / f".{folder.name}-left"
    (half / "site-packages/ops").mkdir(parents=True)

    asyncio.run(charm_environment.build_environment(tmp_path, "3.11", tmp_path / "cache"))

    assert folder.is_dir() and not half.exists()


def test_units_that_deploy_at_once_build_it_once_and_do_not_block_the_controller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    builds: list[str] = []

    async def install(*words: str, cwd: Path) -> None:
        builds.append("build")
        await asyncio.sleep(0.05)  # as a download: the other units ask meanwhile
        Path(words[words.index("--target") + 1]).mkdir()

    monkeypatch.setattr(charm_environment, "_uv", install)
    (tmp_path / "requirements.txt").write_text("ops\n")
    found: list[Path | None] = []

    async def deploy() -> None:
        cache = tmp_path / "cache"
        asked = (charm_environment.build_environment(tmp_path, "3.11", cache) for _ in range(5))
        found.extend(await asyncio.gather(*asked))

    thread = threading.Thread(target=lambda: asyncio.run(deploy()), daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive(), "it waits for itself"
    assert builds == ["build"]
    assert len(set(found)) == 1 and found[0] and found[0].is_dir()
