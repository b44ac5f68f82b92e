import pytest

from kafkastack.tutorial.checks.model import find_inactive, find_voters
from kafkastack.tutorial.checks.model import units as has_units

DESCRIBED = """\
ClusterId:              3gbGSeGoQRmcSrS-8PwMNA
LeaderId:               100
CurrentVoters:          [{"id": 100, "endpoints": ["CONTROLLER://127.0.0.1:9098"]}, {"id": 101}]
CurrentObservers:       [{"id": 102}]
"""


def status(application="active", unit="active", agent="idle", message=""):
    return {
        "applications": {
            "kafka": {
                "application-status": {"current": application, "message": message},
                "units": {
                    "kafka/0": {
                        "workload-status": {"current": unit, "message": message},
                        "juju-status": {"current": agent},
                    }
                },
            }
        }
    }


def test_active_and_idle_is_what_is_waited_for():
    assert find_inactive(status(), "kafka") == ""


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        (status(application="waiting", message="for zookeeper"), "kafka is waiting (for zooke"),
        (status(unit="blocked"), "kafka/0 is blocked"),
        (
            status(application="waiting", agent="failed"),
            "the agent of kafka/0 has failed",
        ),
        (status(agent="executing"), "the agent of kafka/0 is executing"),
        ({"applications": {}}, "there is no application kafka"),
        (
            {"applications": {"kafka": {"application-status": {"current": "active"}}}},
            "kafka has no unit yet",
        ),
    ],
)
def test_what_is_missing_is_said(found, missing):
    assert find_inactive(found, "kafka").startswith(missing)


@pytest.mark.parametrize(
    ("told", "voters"), [(DESCRIBED, [100, 101]), ("Error while executing\n", []), ("", [])]
)
def test_who_votes_is_read_from_what_kafka_s_own_program_tells(told, voters):
    assert find_voters(told) == voters


@pytest.mark.parametrize(
    ("wanted", "missing"), [("1", ""), ("3", "kafka has 1 units, not 3"), ("0", "kafka has 1 ")]
)
def test_the_units_are_counted(wanted, missing):
    class Told:
        def units(self, _):
            return status()["applications"]["kafka"]["units"]

    assert has_units(Told(), ("kafka", wanted)).startswith(missing)
