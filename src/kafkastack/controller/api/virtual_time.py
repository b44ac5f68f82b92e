"""How the time of a model that was made for tests is put ahead."""

from msgspec.structs import replace

from kafkastack.controller.api.session import Session
from kafkastack.errors import ConflictError
from kafkastack.model.records import Model
from kafkastack.model.settings import effective


async def advance(s: Session, amount: float) -> float:
    """Put the model's time ahead by `amount` seconds; return what it is then."""
    model = s.model()
    if not effective(model.config, "test-mode"):
        raise ConflictError(
            f'the time of model "{model.name}" is not put ahead: it is not in test-mode',
            "make one for tests: kafkastack add-model NAME --config test-mode=true",
        )
    with s.store.transaction() as tx:
        record = tx.get(Model, model.uuid, "model")
        tx.put(model.uuid, replace(record, ahead=record.ahead + amount))
    return s.now
