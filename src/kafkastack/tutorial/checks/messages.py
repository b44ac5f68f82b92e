"""Check that every message that was produced has been consumed, and none twice."""

import ast
import json
import re
import stat
from collections import Counter
from collections.abc import Iterable, Sequence

from kafkastack.tutorial.scene import Scene

_HEAD = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO \[__main__\] \(MainThread\) "
_PRODUCED = re.compile(
    _HEAD + r"\(produce_message\) Message published to topic=\S+, message content: (\{.*\})$",
    re.MULTILINE,
)
_CONSUMED = re.compile(
    _HEAD + r"\(<module>\) ConsumerRecord\(topic=.*?, value=(b'.*?'|b\".*?\"), headers=",
    re.MULTILINE,
)
_LOGS = "cd ${TMPDIR:-/tmp} && tail -v -n +1 *_*.log 2>/dev/null || true"
_FILE = re.compile(r"^==> (.+) <==$", re.MULTILINE)


def produced_ids(log: str) -> list[str]:
    """Return the _id of every message that a producer's log tells of."""
    return [json.loads(text)["_id"] for text in _PRODUCED.findall(log)]


def consumed_ids(log: str) -> list[str]:
    """Return the _id of every message that a consumer's log tells of."""
    values = [ast.literal_eval(text) for text in _CONSUMED.findall(log)]
    return [json.loads(value)["_id"] for value in values]


def find_fault(produced: Iterable[str], consumed: Sequence[str]) -> str:
    """Return what is wrong with what was consumed, or ""."""
    wanted = set(produced)
    if not wanted:
        return "no message has been produced"
    if twice := [identity for identity, number in Counter(consumed).items() if number > 1]:
        return f"{len(twice)} messages were consumed twice, {twice[0]} among them"
    missing = wanted - set(consumed)
    return f"{len(missing)} of {len(wanted)} messages are not consumed yet" if missing else ""


def consumed(scene: Scene, words: tuple[str, ...]) -> str:
    """Verify that the consumer's log has every message of the producer's log, once."""
    consumer, producer = ((scene.folder / name).read_text() for name in words)
    return find_fault(produced_ids(producer), consumed_ids(consumer))


def split_logs(text: str) -> dict[str, str]:
    """Split what `tail -v` prints into files."""
    _, *parts = _FILE.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def produced_by(scene: Scene, words: tuple[str, ...]) -> str:
    """Verify that the units of an application have produced so many messages."""
    application, *options = words
    wanted = _numbers(options)["messages"]
    produced = _produced(_logs(scene, application))
    enough = len(produced) >= wanted
    return "" if enough else f"{application} has produced {len(produced)} of {wanted} messages"


def consumed_by(scene: Scene, words: tuple[str, ...]) -> str:
    """Verify that so many consumers of an application have read all of it, none twice."""
    application, *options = words
    numbers = _numbers(options)
    logs = _logs(scene, application)
    produced = _produced(logs)
    if len(produced) < numbers["messages"]:
        return f"{application} has produced {len(produced)} messages only"
    faults = [
        find_fault(produced, consumed_ids(text))
        for name, text in logs.items()
        if name.endswith("_consumer.log")
    ]
    complete = faults.count("")
    if complete >= numbers["readers"]:
        return ""
    worst = next(filter(None, reversed(faults)), "its log is empty")
    return f"{complete} of {numbers['readers']} consumers of {application} are through: {worst}"


def _logs(scene: Scene, application: str) -> dict[str, str]:
    return {
        f"{unit} {name}": text
        for unit in scene.units(application)
        for name, text in split_logs(scene.execute(unit, _LOGS)).items()
    }


def _produced(logs: dict[str, str]) -> list[str]:
    texts = [text for name, text in logs.items() if name.endswith("_producer.log")]
    return [identity for text in texts for identity in produced_ids(text)]


def _numbers(options: Iterable[str]) -> dict[str, int]:
    pairs = (option.partition("=") for option in options)
    return {name: int(value) for name, _, value in pairs}


def private(scene: Scene, words: tuple[str, ...]) -> str:
    """Verify that nobody else can read the files."""
    for name in words:
        mode = stat.S_IMODE((scene.folder / name).stat().st_mode)
        if mode & 0o077:
            return f"{name} can be read by others (mode {mode:04o})"
    return ""
