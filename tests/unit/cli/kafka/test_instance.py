"""Facts told of a Kafka: who may enter, its address from elsewhere, and why not yet."""

from pathlib import Path
from typing import Any

import pytest

from kafkastack.cli.kafka.instance import (
    Instance,
    access_of,
    exposed_addresses,
    is_made_here,
    ready_access,
)
from kafkastack.cli.kafka.plan import MADE_HERE, MARK
from kafkastack.errors import ConflictError, KafkastackError, TimeoutExceededError

GRANTED = {
    "endpoints": "127.1.2.3:9093",
    "username": "relation-3",
    "password": "p",
    "tls": "enabled",
    "tls-ca": "PEM\n\n",
}
STATUS = {
    "applications": {
        "kafka": {"units": {"kafka/0": {}, "kafka/1": {}}},
        "data-integrator": {"units": {"data-integrator/4": {}}},
    }
}


class FakeTarget:
    """A model whose actions give these results, by unit; of a list one after the other."""

    controller, model = "en", "mine"

    def __init__(self, **results: Any) -> None:
        self.results = {name.replace("_", "/"): each for name, each in results.items()}
        self.config: dict[str, Any] = {}

    def call(self, verb: str, **params: Any) -> Any:
        if verb == "model-config":
            return self.config
        assert verb == "run"
        known = [unit for unit in params["units"] if unit in self.results]
        tasks = {unit: {"status": "completed", "results": self._next(unit)} for unit in known}
        return {"results": tasks, "refused": []}

    def _next(self, unit: str) -> Any:
        each = self.results[unit]
        return (each.pop(0) if len(each) > 1 else each[0]) if isinstance(each, list) else each


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KAFKASTACK_DATA", str(tmp_path))
    return tmp_path


def instance(target: FakeTarget) -> Instance:
    return Instance(target, STATUS)  # pyright: ignore[reportArgumentType]


def integrator(*answers: Any) -> FakeTarget:
    target = FakeTarget()
    target.results["data-integrator/4"] = [{"kafka": each} if each else {} for each in answers]
    return target


def test_who_may_enter_is_asked_of_the_integrator_and_the_ca_is_kept_for_clients(data: Path):
    access = access_of(instance(integrator(GRANTED)))
    ca_file = data / "controllers/en/kafka/mine/ca.pem"
    assert access == ("127.1.2.3:9093", "relation-3", "p", str(ca_file))
    assert ca_file.read_text() == "PEM\n"
    assert ca_file.stat().st_mode & 0o777 == 0o600
    assert ca_file.parent.stat().st_mode & 0o777 == 0o700


def test_another_ca_takes_the_place_of_the_one_before(data: Path):
    access_of(instance(integrator(GRANTED)))
    access = access_of(instance(integrator({**GRANTED, "tls-ca": "OTHER"})))
    assert Path(access.ca_file).read_text() == "OTHER\n"


@pytest.mark.parametrize(
    ("answer", "said"), [(None, "tells nobody how to enter"), ({"tls": "disabled"}, "not ready")]
)
def test_without_a_grant_or_without_tls_nobody_is_told(answer: Any, said: str):
    with pytest.raises(ConflictError, match=said):
        access_of(instance(integrator(answer)))


def test_a_unit_that_does_not_answer_is_named():
    with pytest.raises(KafkastackError, match="data-integrator/4 does not answer") as refused:
        access_of(instance(FakeTarget()))
    assert refused.value.advice == "look at: kafkastack status -m mine"


def test_a_start_waits_for_tls_and_for_every_broker():
    two = {**GRANTED, "endpoints": "127.1.2.3:9093,127.1.2.4:9093"}
    target = integrator(None, {**GRANTED, "tls": "disabled"}, GRANTED, two)
    assert ready_access(instance(target), 2, 30.0).bootstrap_servers == two["endpoints"]


def test_a_start_does_not_wait_for_ever():
    with pytest.raises(TimeoutExceededError, match="does not serve through TLS after 0 s"):
        ready_access(instance(integrator(None)), 1, 0.05)


def test_clients_from_elsewhere_find_every_broker_at_its_extra_listener():
    def listeners(port: int) -> dict[str, Any]:
        extra = {"scope": "EXTRA", "advertised-listener": f"EXTRA_SASL_SSL://10.0.0.1:{port}"}
        client = {"scope": "CLIENT", "advertised-listener": "CLIENT_SASL_SSL://127.1.2.3:9093"}
        return {"client-sasl-ssl": client, "extra-sasl-ssl-0": extra, "return-code": 0}

    target = FakeTarget(kafka_0=listeners(39093), kafka_1=listeners(39094))
    assert exposed_addresses(instance(target)) == ["10.0.0.1:39093", "10.0.0.1:39094"]


def test_only_a_model_with_our_mark_is_ours():
    target: Any = FakeTarget()
    assert not is_made_here(target)
    target.config = {MARK: {"Value": "for the demo on friday", "Source": "model"}}
    assert not is_made_here(target)
    target.config = {MARK: {"Value": MADE_HERE, "Source": "model"}}
    assert is_made_here(target)
