"""Filters of the operations that `operations` lists: pure, on the records."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from kafkastack.controller.documents.actions import status_of
from kafkastack.model.records import Operation, Task


class OperationFilter(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked for; an empty list asks for nothing in particular, `limit` 0 for all."""

    actions: Sequence[str] = ()
    applications: Sequence[str] = ()
    units: Sequence[str] = ()
    machines: Sequence[str] = ()
    statuses: Sequence[str] = ()
    limit: Annotated[int, Meta(ge=0)] = 0
    offset: Annotated[int, Meta(ge=0)] = 0

    def choose(self, operations: Sequence[Operation], tasks: Sequence[Task]) -> list[Operation]:
        """Return the operations that fit, oldest first."""
        by_operation: dict[int, list[Task]] = {}
        for task in tasks:
            by_operation.setdefault(task.operation, []).append(task)
        fitting = [
            operation
            for operation in sorted(operations, key=lambda operation: operation.id)
            if self._fits(by_operation.get(operation.id, []))
        ]
        return fitting[self.offset : self.offset + self.limit if self.limit else None]

    def _fits(self, tasks: Sequence[Task]) -> bool:
        if self.statuses and status_of(tasks) not in self.statuses:
            return False
        if self.actions and not any(task.action in self.actions for task in tasks):
            return False
        if not (self.applications or self.units or self.machines):
            return True
        return any(self._is_meant(task.unit) for task in tasks)

    def _is_meant(self, receiver: str) -> bool:
        application = receiver.rpartition("/")[0]
        return (
            application in self.applications or receiver in self.units or receiver in self.machines
        )
