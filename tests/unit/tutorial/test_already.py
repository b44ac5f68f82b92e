import pytest

from kafkastack.tutorial.already import is_already

STATUS = {
    "applications": {
        "kafka": {
            "relations": {
                "zookeeper": [{"related-application": "zookeeper"}],
                "certificates": [{"related-application": "authority"}],
            },
            "units": {"kafka/0": {}},
        },
        "zookeeper": {
            "relations": {"zookeeper": [{"related-application": "kafka"}]},
            "units": {"zookeeper/0": {}, "zookeeper/1": {}, "zookeeper/2": {}},
        },
    }
}
ANSWERS = {
    "controllers": {"controllers": {"overlord": {}}},
    "models": {"models": [{"short-name": "demo"}]},
    "status": STATUS,
    "secrets": {"d5ncq": {"name": "kafka-users"}, "d5ncr": {"label": "cluster.kafka.app"}},
    "microstack": {"state": "running", "instances": [{"name": "demo_instance"}]},
}


def ask(verb, *_):
    return ANSWERS[verb]


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ("bootstrap local overlord", True),
        ("bootstrap local other", False),
        ("add-model demo", True),
        ("add-model other", False),
        ("deploy kafka --channel 3/stable", True),
        ("deploy kafka another-name", False),
        ("deploy -n 3 zookeeper", True),
        ("deploy data-integrator --config topic-name=x", False),
        ("integrate kafka zookeeper", True),
        ("integrate zookeeper kafka", True),
        ("integrate kafka:certificates authority", True),
        ("integrate kafka:zookeeper authority", False),
        ("integrate kafka data-integrator", False),
        ("remove-relation kafka zookeeper", False),
        ("remove-relation kafka data-integrator", True),
        ("add-unit kafka -n 2", False),
        ("add-unit -n 2 zookeeper", True),
        ("add-secret kafka-users operator#file=a", True),
        ("add-secret others operator#file=a", False),
        ("config kafka a=b", False),
        ("run kafka/0 get-listeners", False),
        ("microstack bootstrap", True),
        ("microstack launch --image debian demo_instance", True),
        ("microstack launch another", False),
        ("microstack configure", False),
    ],
)
def test_a_command_is_not_typed_again_when_its_effect_is_there(words, there):
    assert is_already(words.split(), ask) is there


def test_nothing_is_asked_for_a_command_that_can_be_typed_again():
    def refuse(*_):
        raise AssertionError("asked")

    assert not is_already(["status"], refuse)
