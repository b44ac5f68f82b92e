"""jubilant's clouds, credentials, constraints and settings, its own methods unchanged."""

import json
from collections.abc import Iterator

import jubilant
import pytest

from tests.conformance.conftest import Backend

SKY = {
    "type": "openstack",
    "auth-types": ["userpass"],
    "endpoint": "https://sky.example:5000/v3",
    "regions": {"dev1": {"endpoint": "https://sky.example:5000/v3"}},
}
ME = {"auth-type": "userpass", "username": "u", "password": "p", "tenant-name": "t"}


@pytest.fixture(scope="module")
def juju(backend: Backend) -> Iterator[jubilant.Juju]:
    """A model without units."""
    with jubilant.temp_model() as juju:
        yield juju


@pytest.fixture
def sky(juju: jubilant.Juju) -> Iterator[str]:
    """A cloud that the client knows."""
    juju.add_cloud("kfs-sky", {"clouds": {"kfs-sky": SKY}}, client=True)
    yield "kfs-sky"
    juju.cli("remove-cloud", "kfs-sky", "--client", include_model=False)


def test_a_cloud_is_added_and_updated(juju: jubilant.Juju, sky: str):
    def shown() -> str:
        return juju.cli("show-cloud", sky, "--client", "--format", "yaml", include_model=False)

    assert "dev1" in shown() and "dev2" not in shown()
    changed = {**SKY, "regions": {"dev2": {"endpoint": "https://other.example"}}}
    juju.update_cloud(sky, {"clouds": {sky: changed}}, client=True)
    assert "dev2" in shown()
    with pytest.raises(jubilant.CLIError, match="already exists"):
        juju.add_cloud(sky, {"clouds": {sky: SKY}}, client=True)


def test_a_credential_is_added_and_stays_hidden(juju: jubilant.Juju, sky: str):
    juju.add_credential(sky, {"credentials": {sky: {"me": ME}}}, client=True)
    words = ("credentials", sky, "--client", "--format", "json")
    told = json.loads(juju.cli(*words, include_model=False))
    assert "me" in told["client-credentials"][sky]["cloud-credentials"]
    assert '"p"' not in json.dumps(told)
    juju.cli("remove-credential", sky, "me", "--client", include_model=False)


def test_a_model_has_constraints(juju: jubilant.Juju):
    juju.model_constraints({"mem": "2G", "cores": 2})
    assert {"mem": 2048, "cores": 2}.items() <= juju.model_constraints().items()


def test_a_model_has_settings(juju: jubilant.Juju):
    juju.model_config({"test-mode": True, "resource-tags": "origin=test"})
    assert juju.model_config()["test-mode"] is True
    juju.model_config(reset=["test-mode", "resource-tags"])
    assert juju.model_config()["test-mode"] is False


def test_a_model_is_shown(juju: jubilant.Juju):
    shown = juju.show_model()
    assert shown.type and shown.model_type == "iaas" and not shown.is_controller
    assert shown.short_name == (juju.model or "").rpartition(":")[2]
    assert shown.users["admin"].access == "admin" and shown.machines == {}
    assert shown.status.current == "available" and shown.agent_version.startswith("3.")
    assert shown.secret_backends["internal"].num_secrets == 0
    assert "juju" in str(shown.supported_features)
