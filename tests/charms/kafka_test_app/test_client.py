"""End of the client when it is told to stop."""

import threading

import pytest
from confluent_kafka import KafkaException, Producer

NOWHERE = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0, "message.timeout.ms": 60000}


def test_a_cluster_that_is_gone_does_not_hold_up_the_end_of_a_producer():
    import client

    stopped = threading.Event()
    stopped.set()
    with pytest.raises(KafkaException, match="PURGE"):  # not that its own time was over
        client.produce_message(Producer(NOWHERE), "topic", "text", stopped)
