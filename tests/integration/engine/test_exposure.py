"""expose and unexpose are records, kept by endpoint and shown by status."""

from pathlib import Path

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm


@pytest.fixture(scope="module")
def model(shared: Engine, charms: Path) -> Engine:
    shared("deploy", str(write_charm(charms)), "one")
    return shared


def exposed(engine: Engine) -> bool:
    return engine.status()["applications"]["one"]["exposed"]


def test_an_application_is_exposed_until_it_is_taken_back(model: Engine):
    model("expose", "one")
    assert exposed(model)
    row = next(line for line in model("status").splitlines() if line.startswith("one "))
    assert "  yes" in row
    model("unexpose", "one")
    assert not exposed(model)


def test_endpoints_are_exposed_one_by_one(model: Engine):
    model("expose", "one", "--endpoints", "server,client", "--to-cidrs", "10.0.0.0/24")
    model("unexpose", "one", "--endpoints", "client")
    assert exposed(model)
    model("unexpose", "one", "--endpoints", "server")
    assert not exposed(model)


REFUSED: list[tuple[str, int, str]] = [
    ("expose nothing", 1, 'application "nothing" not found'),
    ("expose one --endpoints nope", 1, 'endpoint "nope" not found'),
    ("expose one --to-spaces dmz", 1, 'space "dmz" not found'),
    ("expose one --to-cidrs nowhere", 1, 'invalid CIDR "nowhere"'),
    ("unexpose one --endpoints nope", 1, 'endpoint "nope" not found'),
    ("expose", 2, "missing arguments"),
]


@pytest.mark.parametrize("command, code, said", REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_done_is_refused(model: Engine, command: str, code: int, said: str):
    assert said in model.fails(*command.split(), code=code)
    assert not exposed(model)
