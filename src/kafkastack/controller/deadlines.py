"""Deadlines of dying models, after which each is forced, by a clock that nobody sets."""

import math
import time

from kafkastack.agent.site import Site
from kafkastack.model.records import Model


class Deadlines:
    """The ends of dying models, each fixed when it is first looked at."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._ends: dict[tuple[str, float], float] = {}

    def patience_with(self, model: Model) -> float:
        """Return the seconds that a model has; no end for one that is not to be forced."""
        if model.life == "alive" or model.forced:
            return math.inf
        left = model.destroy_deadline - self._site.at(model.uuid).now()
        place = (model.uuid, model.destroy_deadline)
        return self._ends.setdefault(place, time.monotonic() + left) - time.monotonic()

    def next(self) -> float:
        """Return in how many seconds the first of all models is to be forced."""
        store = self._site.store
        models = [model for uuid in store.models() for model in store.all(Model, uuid)]
        return max(0.0, min(map(self.patience_with, models), default=math.inf))
