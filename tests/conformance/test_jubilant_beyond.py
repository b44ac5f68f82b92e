"""Features that jubilant uses: secrets of users, offers, other charms and trust."""

from collections.abc import Iterator
from pathlib import Path

import jubilant
import pytest

from tests.conformance.conftest import CHARM, Backend


@pytest.fixture(scope="module")
def juju(backend: Backend, letter: Path) -> Iterator[jubilant.Juju]:
    """A model with one unit of "app"."""
    with jubilant.temp_model() as juju:
        juju.deploy(CHARM, "app", resources={"letter": str(letter)}, storage={"data": "1"})
        juju.wait(jubilant.all_active, delay=0.1, successes=2)
        yield juju


def test_secrets_of_a_user(juju: jubilant.Juju):
    uri = juju.add_secret("gift", {"user": "me", "password": "first"}, info="what for")
    (listed,) = juju.secrets(owner="<model>") or juju.secrets()
    assert (listed.uri, listed.name, listed.revision) == (uri, "gift", 1)
    assert listed.description == "what for"
    shown = juju.show_secret("gift", reveal=True)
    assert shown.content == {"user": "me", "password": "first"} and shown.uri == uri
    juju.update_secret("gift", {"password": "second"}, info="still", name="present")
    again = juju.show_secret(uri, revisions=True)
    assert again.name == "present" and again.revisions
    assert [revision.revision for revision in again.revisions] == [1, 2]
    assert juju.show_secret(uri, reveal=True, revision=1).content["password"] == "first"
    juju.grant_secret("present", ["app"])
    assert "second" in juju.exec(f"secret-get {uri}", unit="app/0").stdout
    juju.remove_secret("present", revision=1)
    juju.remove_secret(uri)
    assert juju.secrets() == []


def test_an_application_is_offered_and_consumed(backend: Backend, juju: jubilant.Juju):
    juju.offer("app", endpoint="giver", name="gifts")
    assert juju.status().offers["gifts"].app == "app"
    assert juju.model
    with jubilant.temp_model() as other:
        other.deploy(CHARM, "taker", num_units=1, storage={"data": "1"})
        other.consume(f"{juju.model.rpartition(':')[2]}.gifts", "remote")
        other.integrate("taker:taker", "remote")
        other.wait(
            lambda status: "taker" in status.app_endpoints["remote"].relations.get("giver", []),
            delay=0.1,
        )
        other.remove_relation("taker:taker", "remote")


def test_a_charm_is_refreshed_from_its_path(juju: jubilant.Juju):
    before = juju.status().apps["app"].charm_rev
    juju.refresh("app", path=CHARM, config={"number": 12})
    status = juju.wait(
        lambda status: status.apps["app"].charm_rev > before and jubilant.all_agents_idle(status),
        delay=0.1,
    )
    assert jubilant.all_active(status) and juju.config("app")["number"] == 12


def test_an_application_is_trusted(juju: jubilant.Juju):
    juju.trust("app")
    assert juju.config("app", app_config=True)["trust"] is True
    juju.trust("app", remove=True)
    assert juju.config("app", app_config=True)["trust"] is False
