"""One controller's parts put together, and served until it is asked to stop."""

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kafkastack.agent.site import Site
from kafkastack.artifacts.cache import cache_dir, shared_folders
from kafkastack.artifacts.integrity import check_resource
from kafkastack.artifacts.java import find_java, our_java
from kafkastack.artifacts.resources import ready_resource
from kafkastack.clouds import open_cloud
from kafkastack.clouds.local.layout import runtime_folder
from kafkastack.controller.api import API
from kafkastack.controller.api.parameters import checked
from kafkastack.controller.api.session import Progress, Session
from kafkastack.controller.backups import keep_backups
from kafkastack.controller.early import Begun
from kafkastack.controller.reach import let_end
from kafkastack.controller.resources import Resources
from kafkastack.controller.server import Server
from kafkastack.controller.service import Service
from kafkastack.errors import NotFoundError
from kafkastack.model.records import Charm, ControllerSettings
from kafkastack.store.charm_shelf import CharmShelf
from kafkastack.store.history import changes
from kafkastack.store.journal import Journal
from kafkastack.store.store import Store
from kafkastack.system import bounded

_CLOSE_SECONDS = 2.0  # connections to machines that are gone end by themselves


async def serve(folder: Path, settings: Mapping[str, Any], begun: Begun) -> None:
    """Serve the API of the controller of a folder, and do what its records ask for."""
    store = Store(folder / "state.db")
    is_new = not store.models()
    journal = Journal(store.database)
    store.committed.append(
        lambda before, now, places: journal.record_status(changes(before, now, places))
    )
    cache, sockets = cache_dir(), runtime_folder(folder)
    java = find_java()
    programs = [(java.path if java else our_java()).parent]
    visible = [*shared_folders(), Path(__file__).parents[1]]  # a checkout may lie in /tmp
    cloud = open_cloud(settings["cloud"], folder, sockets, path=programs, visible=visible)
    shelf = CharmShelf(folder / "charms", cloud.provider)
    resources = Resources(
        store,
        share_files=cloud.shares_files,
        at_hand=ready_resource,
        check=check_resource,
        begun=begun,
    )
    store.committed.append(
        lambda _, now, places: resources.check_early(  # their machines are being made
            artifact
            for model, kind, key in places
            if kind is Charm
            if (charm := now.find(Charm, model, key))
            for artifact in charm.resources.values()
        )
    )
    warm = settings.get("warm-interpreters", True)
    site = Site(store, journal, shelf, sockets, cache, resources.fetch, warm, cloud.provider)
    service = Service(site, cloud)
    bootstrapped = ControllerSettings(
        settings.get("config", {}),
        settings.get("model-defaults", {}),
        settings.get("constraints", ""),
    )

    async def handle(
        verb: str, model: str, parameters: Mapping[str, Any], progress: Progress
    ) -> Any:
        if verb not in API:
            raise NotFoundError(f'the controller does not know "{verb}"')
        session = Session(service, folder.name, settings["uuid"], model, progress, bootstrapped)
        return await API[verb](session, **checked(verb, API[verb], parameters))

    server = Server(folder, handle, service.stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, service.stop)
    await server.start()
    bounded.end_when_idle()  # what was begun early may never be asked
    charms = (charm for model in store.models() for charm in store.all(Charm, model))
    resources.check_early(artifact for charm in charms for artifact in charm.resources.values())
    copying = asyncio.create_task(keep_backups(store, is_new=is_new))
    try:
        await service.run()
    finally:
        copying.cancel()
        await server.close()
        await let_end(_CLOSE_SECONDS, cloud.close())
        store.close()
