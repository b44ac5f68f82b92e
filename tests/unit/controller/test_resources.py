"""A resource is fetched once however many ask, and all of them hear how far it is."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkastack.controller.resources import Resources
from kafkastack.errors import KafkastackError
from kafkastack.model.records import Application, Charm
from kafkastack.store.store import Store

MODEL = "f00d"
FETCH = """\
import json, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "calls").open("a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
print(json.dumps({"phase": "download", "done": 3_100_000, "total": 118_000_000, "file": "x"}))
print(json.dumps({"phase": "train", "done": 0, "total": 0, "file": "kafka"}))
if (here / "fail").exists():
    sys.exit("no network: try again later")
(here / "kafka.jar").touch()
print(json.dumps({"path": str(here / "kafka.jar")}))
"""


class Fetched:
    """Resources of an application whose fetches are a small program of the test."""

    def __init__(self, folder: Path, *, share_files: bool = True) -> None:
        self.folder = folder
        (folder / "fetch.py").write_text(FETCH)
        resources = {"kafka": "kafka-3.9.2/kafka.jar"}
        charm = Charm("d1", "kafka", "local", "3/stable", 1, "debian@12", resources)
        self.store = Store(folder / "state.db")
        with self.store.transaction() as tx:
            tx.put(MODEL, charm)
            tx.put(MODEL, Application("kafka", charm.key, 0.0))
        program = (sys.executable, str(folder / "fetch.py"))
        self.at_hand: dict[str, Path] = {}
        self.checked: list[tuple[str, bool]] = []  # what was read, and whether on the loop
        self.spoiled: list[tuple[str, ...]] = []
        self.resources = Resources(
            self.store,
            share_files=share_files,
            at_hand=self.at_hand.get,
            check=self.check,
            program=program,
            tell_seconds=0,
        )
        self.told: list[str] = []

    def check(self, artifact: str) -> tuple[str, ...]:
        is_on_loop = threading.current_thread() is threading.main_thread()
        self.checked.append((artifact, is_on_loop))
        return self.spoiled.pop() if self.spoiled else ()

    async def fetch(self) -> Path:
        return await self.resources.fetch(MODEL, "kafka", "kafka", self.told.append)

    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def fetched(tmp_path: Path) -> Iterator[Fetched]:
    made = Fetched(tmp_path)
    yield made
    made.store.close()


def test_units_that_ask_at_once_share_one_fetch_and_hear_of_it(fetched: Fetched):
    async def both() -> list[Path]:
        return await asyncio.gather(fetched.fetch(), fetched.fetch())

    first, second = asyncio.run(both())
    assert first == second == fetched.folder / "kafka.jar"
    assert fetched.calls() == ["kafka-3.9.2/kafka.jar"]
    words = ["downloading kafka.jar 3.1/118.0 MB", "making class archives for kafka"]
    assert sorted(fetched.told) == sorted(words * 2)


@pytest.mark.parametrize("share_files", [True, False])
def test_a_thin_jar_at_hand_needs_no_child_process(tmp_path: Path, share_files: bool):
    fetched = Fetched(tmp_path, share_files=share_files)
    fetched.at_hand["kafka-3.9.2/kafka.jar"] = tmp_path / "thin.jar"
    path = asyncio.run(fetched.fetch())
    assert path == tmp_path / ("thin.jar" if share_files else "kafka.jar")
    assert (tmp_path / "calls").exists() is not share_files
    fetched.store.close()


def test_what_is_there_is_not_fetched_again_until_its_file_changes(fetched: Fetched):
    async def thrice() -> None:
        await fetched.fetch()
        await fetched.fetch()
        (fetched.folder / "kafka.jar").unlink()
        await fetched.fetch()

    asyncio.run(thrice())
    assert len(fetched.calls()) == 2


def test_a_fetch_that_fails_says_why_and_the_next_one_tries_again(fetched: Fetched):
    (fetched.folder / "fail").touch()
    with pytest.raises(KafkastackError, match="no network: try again later"):
        asyncio.run(fetched.fetch())
    (fetched.folder / "fail").unlink()
    assert asyncio.run(fetched.fetch()).exists()


def test_a_cloud_that_does_not_share_our_files_gets_fat_jars(tmp_path: Path):
    far = Fetched(tmp_path, share_files=False)
    asyncio.run(far.fetch())
    assert far.calls() == ["--fat kafka-3.9.2/kafka.jar"]
    far.store.close()


def test_what_is_at_hand_is_read_once_for_all_units_and_never_on_the_loop(fetched: Fetched):
    jar = fetched.folder / "at-hand.jar"
    jar.touch()
    fetched.at_hand["kafka-3.9.2/kafka.jar"] = jar

    async def thrice() -> None:
        fetched.resources.check_early(["kafka-3.9.2/kafka.jar"])
        await asyncio.gather(fetched.fetch(), fetched.fetch())
        assert await fetched.fetch() == jar

    asyncio.run(thrice())
    assert fetched.checked == [("kafka-3.9.2/kafka.jar", False)]


def test_what_is_spoiled_is_named_fetched_again_and_read_again(
    fetched: Fetched, capsys: pytest.CaptureFixture[str]
):
    fetched.spoiled = [("kafka-clients-3.9.2.jar",)]
    assert asyncio.run(fetched.fetch()) == fetched.folder / "kafka.jar"
    assert (
        "not as it was made: kafka-clients-3.9.2.jar; making it again" in capsys.readouterr().err
    )


def test_offline_what_is_spoiled_is_refused_by_name(fetched: Fetched):
    fetched.spoiled = [("kafka-clients-3.9.2.jar",)]
    (fetched.folder / "fail").touch()
    with pytest.raises(KafkastackError, match=r"(?s)no network.*kafka-clients-3\.9\.2\.jar"):
        asyncio.run(fetched.fetch())
