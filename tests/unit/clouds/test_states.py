import pytest

from kafkastack.clouds.local.states import decide_activity


@pytest.mark.parametrize(
    ("alive", "supervised", "clean", "active", "sub"),
    [
        (True, "STARTING", True, "active", "running"),
        (True, "BACKOFF", True, "active", "running"),
        (True, "", True, "active", "running"),
        (False, "", True, "inactive", "dead"),
        (False, "STARTING", True, "activating", "start"),
        (False, "BACKOFF", True, "activating", "auto-restart"),
        (False, "EXITED", True, "inactive", "dead"),
        (False, "EXITED", False, "failed", "failed"),
        (False, "FATAL", True, "failed", "failed"),
        (False, "STOPPED", True, "inactive", "dead"),
    ],
)
def test_only_a_workload_that_lives_is_active(
    alive: bool, supervised: str, clean: bool, active: str, sub: str
):
    activity = decide_activity(alive, supervised, clean)

    assert (activity.active, activity.sub) == (active, sub)
