"""Answers to the watcher of a real broker of Kafka 4 that is cut off from its controllers."""

import signal
from pathlib import Path

from by_hand import BROKER, CONTROLLER, PASSWORD, USER, ensemble
from kafkastack_charms.kafka import member_probe
from kafkastack_charms.watcher import Place, answers, bound
from measure import wait_until


def test_a_broker_that_is_cut_off_is_told_and_taken_back(tmp_path: Path):
    """It goes on to serve what it knows, so any other question it answers."""
    login = tmp_path / "broker.login"
    login.write_text(f"{USER}\n{PASSWORD}\n")
    with ensemble([CONTROLLER, BROKER]) as nodes:
        nodes.format()
        nodes.start_all()
        nodes.wait_until_ready()
        place = Place(nodes.brokers[0].host, 9092, login=str(login))

        def serves() -> bool:
            return bool(answers(place, bound(member_probe.ask, place)))

        wait_until(serves, "an answer")
        nodes.signal(nodes.controllers[0], signal.SIGSTOP)
        wait_until(lambda: not serves(), "no answer")
        nodes.signal(nodes.controllers[0], signal.SIGCONT)
        wait_until(serves, "an answer again")
