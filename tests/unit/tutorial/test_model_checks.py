import pytest

from kafkastack.tutorial.checks.model import find_inactive


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
