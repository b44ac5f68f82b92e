"""Our charms from nothing to messages through TLS, the same on every cloud.

The tests build on each other, in this order, on one model.
"""

import jubilant

from tests.clouds.conftest import World
from tests.fakes.waiting import wait_until


def test_a_message_is_acknowledged_and_read(world: World):
    assert world.play(create=1, produce=3, consume=3) == {
        "read": [f"message {n}" for n in range(3)]
    }


def test_strangers_are_refused_at_once(world: World):
    wrong = world.play(produce=1, **{"sasl.password": "not-the-password"})
    foreign = world.play("somebody-elses-topic", produce=1)

    assert wrong == {"refused": "_AUTHENTICATION"}
    assert foreign == {"refused": "TOPIC_AUTHORIZATION_FAILED"}


def test_hooks_are_forks_of_an_interpreter_on_their_machine(world: World):
    world.credentials()  # by an action: an interpreter that nothing asks for is ended in the end
    words = "pgrep -f '[z]ygote.*unit-data-integrator-0'"
    found = world.juju.exec(words, unit="data-integrator/0")

    assert found.stdout.split()


def test_a_killed_broker_comes_back_with_its_messages(world: World):
    before = main_pid(world)
    world.juju.exec("systemctl kill -s SIGKILL kafka", unit="kafka/0")

    wait_until(lambda: main_pid(world) not in ("0", before), what="another broker")
    world.settle()
    assert world.play(consume=3) == {"read": [f"message {n}" for n in range(3)]}


def main_pid(world: World) -> str:
    task = world.juju.exec("systemctl show kafka -p MainPID --value", unit="kafka/0")
    return task.stdout.strip()


def test_what_root_acts_on_is_not_the_servers_own(world: World):
    for unit, files in (("kafka/0", "kafka.service environment"), ("zookeeper/0", "*.service")):
        task = world.juju.exec(f"id -un; stat -c %U {files}", unit=unit)
        assert len(set(task.stdout.split())) == 1, task.stdout


def test_a_shell_of_a_unit_has_the_programs_of_its_charm(world: World):
    address = world.juju.status().apps["kafka"].units["kafka/0"].public_address
    settings = f"--bootstrap-server {address}:19092 --command-config $CONF/client.properties"

    listed = world.juju.ssh("kafka/0", f"charmed-kafka.topics {settings} --list")

    assert "test-topic" in listed.split()


def test_an_application_produces_from_a_machine_of_its_own(world: World):
    config = {"role": "producer", "topic_name": "test-topic", "num_messages": 5}
    world.juju.deploy("kafka-test-app", config=config)
    world.juju.integrate("kafka-test-app", "kafka")
    world.settle()

    read = world.play(consume=8)["read"]

    assert len(read) == 8
    assert [line for line in read if "Message #4" in line]


def test_certificates_close_the_door_without(world: World):
    plain = world.credentials()
    world.juju.deploy("self-signed-certificates")
    world.juju.integrate("self-signed-certificates", "kafka:certificates")
    world.juju.integrate("self-signed-certificates", "zookeeper:certificates")

    def is_encrypted(status: jubilant.Status) -> bool:
        ports = status.apps["kafka"].units["kafka/0"].open_ports
        return "9093/tcp" in ports and "9092/tcp" not in ports and jubilant.all_active(status)

    world.juju.wait(is_encrypted, error=jubilant.any_error, delay=0.5, timeout=180)
    world.settle()
    wait_until(lambda: world.credentials()["security.protocol"] == "SASL_SSL")

    assert world.play(produce=1, consume=9)["read"]
    assert "refused" in world.play(produce=1, **plain, **{"message.timeout.ms": "3000"})


def test_an_application_goes_and_its_machine_too(world: World):
    world.juju.remove_application("kafka-test-app")

    gone = world.juju.wait(
        lambda status: "kafka-test-app" not in status.apps and len(status.machines) == 4,
        error=jubilant.any_error,
        delay=0.2,
    )
    assert jubilant.all_active(gone)
