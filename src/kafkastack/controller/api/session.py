"""Session of a verb: the service, the model it is about, and the report of its progress."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kafkastack import JUJU_VERSION
from kafkastack.controller.documents import ModelFacts
from kafkastack.controller.service import Service
from kafkastack.errors import ConflictError, KafkastackError, NotFoundError, TimeoutExceededError
from kafkastack.model.charm import CharmMeta
from kafkastack.model.natural import naturally_sorted
from kafkastack.model.records import Application, Charm, ControllerSettings, Model, Unit
from kafkastack.store.store import Store

Progress = Callable[[Any], Awaitable[None]]

_NOTHING = "nothing is there yet: kafkastack deploy kafka"


def listing(what: str, names: Iterable[str], none: str = _NOTHING) -> str:
    """Return the advice that lists what there is, or what is said where there is none."""
    listed = ", ".join(naturally_sorted(names))
    return f"{what}: {listed}" if listed else none


class Session(Struct, frozen=True):
    """One call of one verb."""

    service: Service
    controller: str
    controller_uuid: str
    model_name: str
    progress: Progress
    bootstrapped: ControllerSettings

    @property
    def store(self) -> Store:
        """The records."""
        return self.service.site.store

    @property
    def now(self) -> float:
        """Seconds of the epoch, by the time of the model where the call is about one."""
        model = self.find_model(self.model_name) if self.model_name else None
        return (self.service.site.at(model.uuid) if model else self.service.site).now()

    @property
    def facts(self) -> ModelFacts:
        """What documents need to know beside the records."""
        cloud = self.service.cloud
        return ModelFacts(
            self.controller,
            JUJU_VERSION,
            self.now,
            controller_uuid=self.controller_uuid,
            providers={cloud.name: cloud.provider},
            trouble=self.store.trouble,
        )

    @property
    def settings(self) -> ControllerSettings:
        """What the controller is set to: as bootstrapped, until somebody sets it otherwise."""
        return self.store.find(ControllerSettings, "", "controller") or self.bootstrapped

    def of_model(self, name: str) -> "Session":
        """Return the same session for another model."""
        return replace(self, model_name=name)

    def find_model(self, name: str) -> Model | None:
        """Return the model of that short name, if there is one."""
        models = (self.store.find(Model, uuid, "model") for uuid in self.store.models())
        return next((m for m in models if m and m.name == name), None)

    def model(self) -> Model:
        """Return the model this call is about."""
        model = self.find_model(self.model_name)
        if model is None:
            raise NotFoundError(
                f"model {self.controller}:admin/{self.model_name} not found",
                "type: kafkastack models",
            )
        return model

    def living_model(self) -> Model:
        """Return the model, refusing one that is being destroyed."""
        model = self.model()
        if model.life != "alive":
            raise ConflictError(
                f'model "{model.name}" is being destroyed',
                "add another one: kafkastack add-model NAME",
            )
        return model

    def application(self, name: str) -> Application:
        """Return an application of the model."""
        application = self.store.find(Application, self.model().uuid, name)
        if application is None:
            known = [a.name for a in self.store.all(Application, self.model().uuid)]
            raise NotFoundError(f'application "{name}" not found', listing("deployed are", known))
        return application

    def unit(self, name: str) -> Unit:
        """Return a unit of the model; `app/leader` is its leader."""
        application, slash, number = name.partition("/")
        if not slash:
            raise NotFoundError(f'invalid unit name "{name}"', f"such as: {name}/0")
        if number == "leader":
            name = self.application(application).leader
        unit = self.store.find(Unit, self.model().uuid, name)
        if unit is None:
            known = [u.name for u in self.store.all(Unit, self.model().uuid)]
            missing = name or f"{application}/leader"
            raise NotFoundError(f'unit "{missing}" not found', listing("units are", known))
        return unit

    def meta(self, application: Application) -> CharmMeta:
        """Return the metadata of an application's charm."""
        charm = self.store.get(Charm, self.model().uuid, application.charm)
        return self.service.site.shelf.meta(charm.digest)

    def metas(self) -> dict[str, CharmMeta]:
        """Return the metadata of every charm in the model that is sound, by Charm key."""
        found: dict[str, CharmMeta] = {}
        for charm in self.store.all(Charm, self.model().uuid):
            with suppress(KafkastackError):  # a damaged one harms its own application alone
                found[charm.key] = self.service.site.shelf.meta(charm.digest)
        return found

    def damaged(self) -> dict[str, str]:
        """Return why charms of the model cannot be read, by Charm key."""
        found: dict[str, str] = {}
        for charm in self.store.all(Charm, self.model().uuid):
            try:
                self.service.site.shelf.meta(charm.digest)
            except KafkastackError as error:
                found[charm.key] = error.message
        return found

    async def wait(
        self,
        condition: Callable[[], bool],
        seconds: float,
        missing: Callable[[], str],
        each: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Wait until the records make `condition` true; TimeoutExceededError says what lacks.

        `each` is called before each look: to tell what is new.
        """
        with self.store.watch() as changed:
            try:
                async with asyncio.timeout(seconds):
                    while True:
                        changed.clear()
                        if each:
                            await each()
                        if condition():
                            return
                        await changed.wait()
            except TimeoutError as error:
                raise TimeoutExceededError(missing()) from error
