"""API of the clock of a test model: it is advanced, and timers that fall due fire at once."""

from msgspec.structs import replace

from kafkastack.controller.api.kinds import Seconds
from kafkastack.controller.api.session import Session
from kafkastack.errors import ConflictError, UsageError
from kafkastack.model.records import Model
from kafkastack.model.settings import effective

_YEAR = 365 * 86400.0
_MOST = 100 * _YEAR  # dates that every table can write


async def advance(s: Session, amount: Seconds) -> float:
    """Put the model's time ahead by `amount` seconds; return what it is then."""
    model = s.model()
    if not effective(model.config, "test-mode"):
        raise ConflictError(
            f'the time of model "{model.name}" is not put ahead: it is not in test-mode',
            "make one for tests: kafkastack add-model NAME --config test-mode=true",
        )
    with s.store.transaction() as tx:
        record = tx.get(Model, model.uuid, "model")
        ahead = record.ahead + amount
        if ahead > _MOST:
            raise UsageError(
                f'the time of model "{model.name}" would be {ahead / _YEAR:.0f} years ahead: '
                f"at most {_MOST / _YEAR:.0f}"
            )
        tx.put(model.uuid, replace(record, ahead=ahead))
    return s.now
