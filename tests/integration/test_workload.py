"""Results of a workload on a real Kafka 4 that is killed in the midst of it."""

import signal
from typing import Any

import pytest
import soak
from by_hand import COMBINED, PASSWORD, USER, ensemble
from confluent_kafka import admin
from measure import wait_until
from traffic import Workload, create_topics
from verdict import faults_of


def test_a_kafka_that_is_killed_has_lost_nothing():
    with ensemble([COMBINED]) as nodes:
        nodes.format()
        nodes.start_all()
        nodes.wait_until_ready()
        create_topics(nodes.client, 1)
        workload = Workload.begin(nodes.client)
        with workload.running():
            wait_until(lambda: len(workload.transactions.aborted) > 1, "aborted transactions")
            # Not in the moment of an abort, see benchmarks/README.md: "an abort that is visible".
            done = len(workload.transactions.committed)
            wait_until(lambda: len(workload.transactions.committed) > done, "a commit behind it")
            known = len(workload.messages.acknowledged)
            nodes.signal(nodes.nodes[0], signal.SIGKILL)
            nodes.start(nodes.nodes[0])
            aborted = len(workload.transactions.aborted)
            wait_until(lambda: len(workload.messages.acknowledged) > known + 100, "messages")
            wait_until(lambda: len(workload.transactions.aborted) > aborted, "transactions")
        judged, counts = workload.judge(nodes.client), workload.counts()
    assert faults_of(judged) == []
    assert min(counts["transactions committed"], counts["commits of offsets"]) > 0


def test_a_client_that_was_refused_for_a_moment_is_told():
    """The client library tries again and says nothing; who has to come back in time may fail."""
    with ensemble([COMBINED]) as nodes:
        nodes.format()
        nodes.start_all()
        nodes.wait_until_ready()
        create_topics(nodes.client, 1)
        known = admin.AdminClient(nodes.client)
        known.list_topics(timeout=10)
        workload = Workload.begin(nodes.client)
        with workload.running():
            wait_until(lambda: workload.messages.acknowledged, "messages")
            change_password(known, "another")
            wait_until(lambda: workload.refusals, "a refusal", 60)
            change_password(known, PASSWORD)
        faults = faults_of(workload.judge(nodes.client))
    assert [line for line in faults if line.startswith("clients: ")] == faults != []


def change_password(known: admin.AdminClient, password: str) -> None:
    how = admin.ScramCredentialInfo(admin.ScramMechanism.SCRAM_SHA_512, 4096)
    one: Any = admin.UserScramCredentialUpsertion(USER, how, password.encode())
    known.alter_user_scram_credentials([one])[USER].result(10)


@pytest.mark.slow
@pytest.mark.root
def test_the_worst_that_happens_to_three_nodes_of_ours_loses_nothing():
    """Nothing lost, duplicated, out of order, there by half or though aborted; nobody refused."""
    assert soak.short() == []
