"""Tables as Kafka's own scripts print them."""

from kafkastack.cli.kafka.tables import (
    Partition,
    Position,
    Topic,
    describe_group,
    describe_reset,
    describe_topic,
)


def test_a_topic_is_described_line_by_line():
    partitions = (Partition(0, 1, (1, 2), (1,)), Partition(1, None, (2,), ()))
    topic = Topic("orders", "kXb7", partitions, {"cleanup.policy": "compact", "a": "1"})
    assert describe_topic(topic).splitlines() == [
        "Topic: orders\tTopicId: kXb7\tPartitionCount: 2\tReplicationFactor: 2"
        "\tConfigs: cleanup.policy=compact,a=1",
        "\tTopic: orders\tPartition: 0\tLeader: 1\tReplicas: 1,2\tIsr: 1",
        "\tTopic: orders\tPartition: 1\tLeader: none\tReplicas: 2\tIsr: ",
    ]


def test_a_group_is_a_table_with_its_lag():
    read = Position("g", "orders", 0, 5, 8, "c-1", "/127.0.0.1", "app")
    unread = Position("g", "orders", 1, None, 3)
    heading, *rows = describe_group([read, unread]).splitlines()
    assert heading.split()[:6] == [
        *("GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG")
    ]
    assert rows[0].split() == ["g", "orders", "0", "5", "8", "3", "c-1", "/127.0.0.1", "app"]
    assert rows[1].split() == ["g", "orders", "1", "-", "3", "-", "-", "-", "-"]


def test_a_group_that_has_read_nothing_is_a_heading():
    assert len(describe_group([]).splitlines()) == 1


def test_a_reset_is_told_by_partition():
    told = describe_reset("g", {("orders", 0): 4, ("orders", 1): 0}).splitlines()
    assert [line.split() for line in told] == [
        ["GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"],
        ["g", "orders", "0", "4"],
        ["g", "orders", "1", "0"],
    ]
