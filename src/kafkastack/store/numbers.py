"""Which number comes next: of machines, units, relations, storage and operations of a model."""

from msgspec.structs import replace

from kafkastack.model.records import Model
from kafkastack.store.store import Transaction


def next_number(tx: Transaction, model: str, sequence: str) -> int:
    """Take the next number of a sequence of the model ("machine", "unit-kafka" …)."""
    record = tx.get(Model, model, "model")
    number = record.sequences.get(sequence, 0)
    tx.put(model, replace(record, sequences={**record.sequences, sequence: number + 1}))
    return number
