"""Fixtures for tests: `kafka`, a real secured Kafka; `kafkastack`, a model for charms.

Both come from one controller in a temporary folder. All workers of pytest-xdist share it, and it
is ended when the last process that uses it is gone, in whatever way that process has ended.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from kafkastack.pytest_plugin.shared import Shared, new_folder

if TYPE_CHECKING:
    import jubilant

    from kafkastack.pytest_plugin.kafka import Kafka

_TLS, _TRACK, _BROKERS = "kafkastack_tls", "kafkastack_kafka", "kafkastack_brokers"
_SHARED = pytest.StashKey[Shared]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings that a project makes once."""
    words = "serve the fixture kafka through TLS, with an authority of its own"
    parser.addini(_TLS, words, type="bool", default=False)
    parser.addini(_TRACK, "the Kafka of the fixture kafka: 4, or 3 with ZooKeeper", default="4")
    parser.addini(_BROKERS, "how many brokers the fixture kafka has", default="1")


def pytest_configure(config: pytest.Config) -> None:
    """Decide where the controller of this run will be; xdist tells its workers."""
    told: dict[str, str] = getattr(config, "workerinput", {})
    config.stash[_SHARED] = Shared(told.get("kafkastack") or new_folder())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let a worker of xdist use what the others use."""
    node.workerinput["kafkastack"] = node.config.stash[_SHARED].folder


def pytest_unconfigure(config: pytest.Config) -> None:
    """Wait until nothing is left; workers leave that to the process that started them."""
    if not hasattr(config, "workerinput") and _SHARED in config.stash:
        config.stash[_SHARED].wait_until_removed()


@pytest.fixture(scope="session")
def kafkastack_controller(request: pytest.FixtureRequest) -> Iterator[Shared]:
    """Give the controller of this test run, in a folder of its own."""
    shared = request.config.stash[_SHARED]
    with shared.used():
        yield shared


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest, kafkastack_controller: Shared) -> Kafka:
    """Give a real Kafka that asks for a password: one for the whole test run."""
    from kafkastack.pytest_plugin.kafka import Wanted, the_kafka_of

    setting = request.config.getini
    wanted = Wanted.read(setting(_TRACK), setting(_BROKERS), tls=setting(_TLS))
    return the_kafka_of(kafkastack_controller, wanted)


@pytest.fixture(scope="module")
def kafkastack(kafkastack_controller: Shared) -> Iterator[jubilant.Juju]:
    """Give each module of tests a model of its own, as `jubilant.Juju`."""
    juju = kafkastack_controller.juju()
    juju.add_model(f"test-{secrets.token_hex(3)}")
    yield juju
    assert juju.model  # noqa: S101  # add_model has set it
    juju.destroy_model(juju.model, destroy_storage=True, force=True)
