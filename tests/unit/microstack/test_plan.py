"""The plan is a graph without rings, in which every daemon is started after what it stands on."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkastack.errors import DownloadError, KafkastackError
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.plan import bootstrap_plan
from kafkastack.microstack.runner import StepEvent, carry_out
from kafkastack.microstack.services import SERVICES
from kafkastack.microstack.settings import Settings
from kafkastack.microstack.step import Step, plan_of, ready


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(Settings(tmp_path / "state", tmp_path / "cache"))


def nothing(_cloud: Cloud) -> None:
    pass


def test_every_daemon_has_a_step():
    assert SERVICES.keys() <= bootstrap_plan().keys()


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("environment", "service-root"),
        ("mariadb", "mariadb-data"),
        ("keystone", "schema-keystone"),
        ("catalog", "keystone"),
        # A daemon that cannot log in loses a thread for ever.
        ("nova-conductor", "catalog"),
        ("nova-compute", "catalog"),
        ("neutron", "catalog"),
        ("nova-compute", "libvirtd"),
        ("ovs-vswitchd", "ovs-settings"),
        ("ready", "metadata-agent"),
    ],
)
def test_steps_come_after_what_they_stand_on(later: str, earlier: str):
    order = list(bootstrap_plan())
    assert order.index(earlier) < order.index(later)


def test_steps_that_need_each_other_are_refused():
    ring = [Step("a", "", nothing, ["b"]), Step("b", "", nothing, ["a"])]
    with pytest.raises(ValueError, match="a, b"):
        plan_of(ring)


@given(st.data())
def test_only_steps_whose_needs_are_met_are_ready(data: st.DataObject):
    plan = bootstrap_plan()
    done = frozenset(data.draw(st.sets(st.sampled_from(list(plan)))))
    under_way = frozenset(data.draw(st.sets(st.sampled_from(list(plan)))))
    for step in ready(plan, done, under_way):
        assert set(step.needs) <= done
        assert step.name not in done | under_way


def test_a_step_is_taken_once_if_what_it_makes_lasts(cloud: Cloud):
    taken: list[str] = []
    plan = plan_of(
        [
            Step("once", "", lambda _: taken.append("once"), lasts=True),
            Step("always", "", lambda _: taken.append("always"), ["once"]),
            Step("not", "", lambda _: taken.append("not"), is_done=lambda _: True),
        ]
    )
    for _ in range(2):
        carry_out(plan, cloud, lambda _: None)
    assert sorted(taken) == ["always", "always", "once"]


def test_a_failed_step_names_its_log_and_how_to_go_on(cloud: Cloud):
    def fail(_cloud: Cloud) -> None:
        cloud.inside.log("one").parent.mkdir(parents=True)
        cloud.inside.log("one").write_text("first\nno space left\n")
        raise KafkastackError("it is full")

    taken: list[str] = []
    plan = plan_of(
        [
            Step("one", "do one thing", fail, log="one", lasts=True),
            Step("two", "do another", lambda _: taken.append("two"), ["one"]),
        ]
    )
    events: list[StepEvent] = []
    with pytest.raises(KafkastackError) as raised:
        carry_out(plan, cloud, events.append)
    assert taken == []
    assert [(event.step.name, event.what) for event in events] == [
        ("one", "begins"),
        ("one", "failed"),
    ]
    assert "cannot do one thing: it is full" in raised.value.message
    assert "no space left" in raised.value.message
    assert str(cloud.inside.log("one")) in raised.value.advice
    assert "kafkastack microstack bootstrap" in raised.value.advice


def test_the_exit_code_of_a_failed_step_tells_what_it_lacked(cloud: Cloud):
    def fail(_cloud: Cloud) -> None:
        raise DownloadError("no network")

    with pytest.raises(DownloadError, match="cannot do one thing: no network"):
        carry_out(plan_of([Step("one", "do one thing", fail)]), cloud, lambda _: None)


def test_what_failed_is_taken_again(cloud: Cloud):
    tries: list[int] = []

    def fail_once(_cloud: Cloud) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise KafkastackError("not yet")

    plan = plan_of([Step("one", "do it", fail_once, lasts=True)])
    with pytest.raises(KafkastackError):
        carry_out(plan, cloud, lambda _: None)
    carry_out(plan, cloud, lambda _: None)
    carry_out(plan, cloud, lambda _: None)
    assert len(tries) == 2
