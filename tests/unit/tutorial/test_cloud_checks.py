from kafkastack.tutorial.checks.cloud import cloud_running, instance_active


class FakeScene:
    def __init__(self, **status):
        self._status = status

    def ask_json(self, *words):
        assert words == ("microstack", "status")
        return self._status


def test_a_cloud_runs_when_it_says_so():
    assert cloud_running(FakeScene(state="running"), ()) == ""
    assert cloud_running(FakeScene(state="stopped"), ()) == "the cloud is stopped"


def test_a_cloud_that_lacks_a_service_is_told_with_its_name():
    scene = FakeScene(state="degraded", services={"keystone": "running", "glance": "fatal"})

    assert cloud_running(scene, ()) == "the cloud is degraded (glance)"


def test_an_instance_is_active_building_or_not_there():
    scene = FakeScene(
        state="running",
        instances=[{"name": "one", "status": "ACTIVE"}, {"name": "two", "status": "BUILD"}],
    )

    assert instance_active(scene, ("one",)) == ""
    assert instance_active(scene, ("two",)) == "two is BUILD"
    assert instance_active(scene, ("three",)) == "there is no instance three"
