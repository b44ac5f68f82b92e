"""Verdict on a workload: what was acknowledged against what is read back.

Messages of a key are numbered upwards and lie in one partition. A transaction writes one message
of each key, all with its own number.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Faults = Mapping[str, Sequence[Any]]


class Message(NamedTuple):
    """A message: its key, and its number within the key."""

    key: int
    number: int


class Record(NamedTuple):
    """A message where it lies in the log."""

    partition: int
    offset: int
    message: Message


class Assigned(NamedTuple):
    """A consumer begins with a partition at what its group has committed."""

    partition: int


class Committed(NamedTuple):
    """A broker has acknowledged the offset that a group reads next."""

    partition: int
    offset: int


Step = Assigned | Record | Committed
"""What a group does; a record is one that it was given."""


class Acknowledged(NamedTuple):
    """The moment at which a partition had acknowledged something."""

    at: float
    partition: int = 0


def judge_messages(acknowledged: Iterable[Message], records: Iterable[Record]) -> Faults:
    """Return the messages that are missing, there twice, or behind a later one of their key."""
    records = sorted(records)
    counts = Counter(record.message for record in records)
    return {
        "lost": sorted(set(acknowledged) - counts.keys()),
        "duplicated": sorted(message for message, count in counts.items() if count > 1),
        "out of order": _out_of_order(records),
    }


def _out_of_order(records: Iterable[Record]) -> list[Message]:
    highest: dict[int, int] = {}
    found = []
    for _, _, message in records:
        if message.number < highest.get(message.key, message.number):
            found.append(message)
        highest[message.key] = max(message.number, highest.get(message.key, 0))
    return found


def judge_transactions(
    committed: Collection[int], aborted: Collection[int], size: int, records: Collection[Record]
) -> Faults:
    """Return the same of transactions of this size, and those there by half or though aborted."""
    parts = Counter(message.number for message in {record.message for record in records})
    whole = [Message(key, number) for number in committed for key in range(size)]
    return {
        **judge_messages(whole, records),
        "half": sorted(number for number, count in parts.items() if count != size),
        "aborted and visible": sorted(parts.keys() & set(aborted)),
    }


def judge_group(steps: Iterable[Step], records: Collection[Record]) -> Faults:
    """Return what a group that came to the end of the log was not given, or not as it lies there.

    It may be given again what it had not committed when it was assigned the partition.
    """
    given: set[Record] = set()
    forgotten: list[Committed] = []
    repeated: list[Record] = []
    committed: dict[int, int] = {}
    least: dict[int, int] = {}  # offset that may come next
    for step in steps:
        match step:
            case Assigned(partition):
                least[partition] = 0
            case Committed(partition, offset):
                committed[partition] = offset
            case Record(partition, offset):
                kept = committed.get(partition, 0)
                if offset < kept and least[partition] == 0:
                    forgotten.append(Committed(partition, kept))
                elif offset < least[partition]:
                    repeated.append(step)
                least[partition] = offset + 1
                given.add(step)
    return {
        "missed": sorted(set(records) - given),
        "given but not there": sorted(given - set(records)),
        "commit forgotten": forgotten,
        "repeated": repeated,
    }


def faults_of(judged: Mapping[str, Faults]) -> list[str]:
    """Return every fault as a line: what is wrong, how often, and the first of it."""
    return [
        f"{name}: {len(found)} {fault}, {found[0]} first"
        for name, faults in judged.items()
        for fault, found in faults.items()
        if found
    ]


def longest_pause(acknowledged: Iterable[Acknowledged], begin: float, end: float) -> float:
    """Return the longest time without an acknowledgement, of the partition that had it worst."""
    times: dict[int, list[float]] = defaultdict(lambda: [begin])
    for at, partition in acknowledged:
        times[partition] += [at] if begin <= at <= end else []
    ends = (itertools.pairwise([*some, end]) for some in times.values())
    return max((after - before for pairs in ends for before, after in pairs), default=end - begin)
