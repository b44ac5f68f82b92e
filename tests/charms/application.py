"""One application as Juju knows it: its units, their databags and secrets, its clients and CA."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kafkastack_charms.testing.ca import CA
from ops import testing

from tests.fakes.addresses import reserve_block

CERTIFICATES = 2


class Application:
    """What Juju knows of it between two hooks."""

    def __init__(self, folder: Path, jar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.jar, self.monkeypatch = folder, jar, monkeypatch
        self.block = reserve_block()
        self.units: dict[int, Any] = {}
        self.states: dict[int, testing.State] = {}
        self.unit_data: dict[int, dict[str, str]] = {}
        self.app_data: dict[str, str] = {}
        self.secrets: dict[str, testing.Secret] = {}
        self.unit_secrets: dict[int, list[testing.Secret]] = {}
        self.clients: dict[int, tuple[dict[str, str], dict[str, str]]] = {}
        self.authority: CA | None = None
        self.requests: dict[int, dict[str, str]] = {}
        self.config: dict[str, Any] = {}

    def address(self, number: int) -> str:
        """Return where a server is."""
        return f"{self.block}.{number + 1}"

    def run(self, number: int, choose: Callable[[Any, testing.State], Any]) -> Any:
        """Run one hook of one unit."""
        raise NotImplementedError

    def act(self, action: str, number: int = 0, **params: Any) -> dict[str, Any]:
        """Run an action and return its results; nobody else has heard of it."""
        self.run(number, lambda on, _: on.action(action, params=params))
        return self.units[number].context.action_results or {}

    def integrate(self, relation_id: int, asked: dict[str, str]) -> None:
        """Relate a client that asks for something."""
        self.clients[relation_id] = (asked, {})

    def answer(self, relation_id: int) -> dict[str, str]:
        """Return what a client was told, with the contents of its secrets."""
        told = dict(self.clients[relation_id][1])
        for key in ("secret-user", "secret-tls"):
            secret = self.secrets.get(told.get(key, ""))
            told |= secret.latest_content or secret.tracked_content if secret else {}
        return told

    @property
    def statuses(self) -> dict[int, str]:
        """The status of every unit, as a person reads it."""
        named = {n: s.unit_status for n, s in self.states.items() if n in self.units}
        return {n: f"{s.name} {s.message}".strip() for n, s in named.items()}

    def certificates(self, number: int) -> testing.Relation:
        """Return a unit's relation to the CA, which has signed for everybody."""
        assert self.authority
        asked = [bag["certificate_signing_requests"] for bag in self.requests.values() if bag]
        signed = [entry for text in asked for entry in self.authority.answer(text)]
        return testing.Relation(
            "certificates",
            id=CERTIFICATES,
            remote_app_name="ca",
            remote_app_data={"certificates": json.dumps(signed)},
            local_unit_data=self.requests[number],
        )


def certificates_changed(on: Any, state: testing.State) -> Any:
    """Choose the event of the CA's news."""
    return on.relation_changed(state.get_relation(CERTIFICATES))


def peers_changed(on: Any, state: testing.State) -> Any:
    """Choose the event of another unit's news; a unit alone looks at its options instead."""
    relation = state.get_relation(1)
    assert isinstance(relation, testing.PeerRelation)
    others = sorted(relation.peers_data)
    return on.relation_changed(relation, remote_unit=others[0]) if others else on.config_changed()


def own(data: Any) -> dict[str, str]:
    """Return what a unit has written into its databag, without what Juju has."""
    juju = {"egress-subnets", "ingress-address", "private-address"}
    return {key: value for key, value in data.items() if key not in juju}


def next_secret(secret: testing.Secret) -> testing.Secret:
    """Return the secret as the next hook finds it: its newest content is the one."""
    newest = secret.latest_content or secret.tracked_content
    return replace(secret, tracked_content=newest, latest_content=newest)
