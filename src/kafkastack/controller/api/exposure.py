"""API of exposure: records only, since machines here are reached by this host only."""

import ipaddress

from msgspec.structs import replace

from kafkastack.controller.api.session import Session, listing
from kafkastack.errors import KafkastackError, NotFoundError
from kafkastack.model.endpoints import EVERYBODY
from kafkastack.model.records import Application

_SPACE = "alpha"


async def expose(
    s: Session, application: str, endpoints: list[str], spaces: list[str], cidrs: list[str]
) -> None:
    """Expose an application, or some endpoints of it, to everybody or to some networks."""
    record = _with_endpoints(s, application, endpoints)
    for space in spaces:
        if space != _SPACE:
            raise NotFoundError(f'space "{space}" not found', f"there is one: {_SPACE}")
    for cidr in cidrs:
        _check(cidr)
    told = ",".join(cidrs) or EVERYBODY
    exposed = {**record.exposed_endpoints, **dict.fromkeys(endpoints or [""], told)}
    with s.store.transaction() as tx:
        tx.put(s.model().uuid, replace(record, exposed=True, exposed_endpoints=exposed))


async def unexpose(s: Session, application: str, endpoints: list[str]) -> None:
    """Take back what `expose` has done, for some endpoints or for all."""
    record = _with_endpoints(s, application, endpoints)
    gone = set(endpoints or record.exposed_endpoints)
    left = {name: cidrs for name, cidrs in record.exposed_endpoints.items() if name not in gone}
    with s.store.transaction() as tx:
        tx.put(s.model().uuid, replace(record, exposed=bool(left), exposed_endpoints=left))


def _with_endpoints(s: Session, application: str, endpoints: list[str]) -> Application:
    record = s.application(application)
    known = s.meta(record).bindings()
    for name in endpoints:
        if name not in known:
            raise NotFoundError(f'endpoint "{name}" not found', listing("endpoints are", known))
    return record


def _check(cidr: str) -> None:
    try:
        ipaddress.ip_network(cidr)
    except ValueError as error:
        raise KafkastackError(f'invalid CIDR "{cidr}"', "write it as 10.0.0.0/24") from error
