"""Number sequences: of machines, units, relations, storage and operations of a model."""

from collections.abc import Mapping

from msgspec.structs import replace

from kafkastack.model.records import Model
from kafkastack.store.store import Transaction


def skip_numbers(tx: Transaction, model: str, taken: Mapping[str, int]) -> None:
    """Let each sequence go on behind a number that is taken, though the record has none of it."""
    record = tx.get(Model, model, "model")
    known = record.sequences
    raised = {name: max(known.get(name, 0), number + 1) for name, number in taken.items()}
    tx.put(model, replace(record, sequences={**known, **raised}))


def next_number(tx: Transaction, model: str, sequence: str) -> int:
    """Take the next number of a sequence of the model ("machine", "unit-kafka" …)."""
    record = tx.get(Model, model, "model")
    number = record.sequences.get(sequence, 0)
    tx.put(model, replace(record, sequences={**record.sequences, sequence: number + 1}))
    return number
