"""Checkpoints: the vocabulary of what they can verify, and what is behind each name."""

from collections.abc import Callable

from kafkastack.tutorial.checks import clients, cloud, messages, model, network
from kafkastack.tutorial.document import Checkpoint, TutorialError
from kafkastack.tutorial.scene import Scene

Check = Callable[[Scene, tuple[str, ...]], str]

# A check returns what is missing, in words that go on the sentence "waiting: …"; "" is met.
VOCABULARY: dict[str, Check] = {
    "active": model.active,
    "units": model.units,
    "integrated": model.integrated,
    "not integrated": model.not_integrated,
    "quorum": model.quorum,
    "produce acknowledged": clients.produce_acknowledged,
    "administrator enters": clients.administrator_enters,
    "credentials work": clients.credentials_work,
    "wrong password refused": clients.wrong_password_refused,
    "foreign topic refused": clients.foreign_topic_refused,
    "port open": network.port_open,
    "port closed": network.port_closed,
    "certificate verifies": network.certificate_verifies,
    "consumed": messages.consumed,
    "produced by": messages.produced_by,
    "consumed by": messages.consumed_by,
    "private": messages.private,
    "cloud running": cloud.cloud_running,
    "instance active": cloud.instance_active,
}


def know(checkpoint: Checkpoint) -> None:
    """Raise TutorialError when a condition is not in the vocabulary."""
    for condition in checkpoint.conditions:
        if condition.name not in VOCABULARY:
            raise TutorialError(
                f'no checkpoint knows "{condition}"', f"there are: {', '.join(VOCABULARY)}"
            )


__all__ = ["VOCABULARY", "Check", "know"]
