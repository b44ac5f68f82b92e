"""Brokers and a ZooKeeper that remember what the charm asks of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kafkastack_charms.kafka import admin
from kafkastack_charms.kafka.partitions import Cluster as Seen
from kafkastack_charms.zookeeper_session import UnreachableError


@dataclass
class Cluster:
    """What is in the cluster, and whether it answers."""

    is_ready: bool = True
    refuses: bool = False
    rejects: bool = False  # settings of a running broker
    first_users: dict[str, str] = field(default_factory=dict)  # in ZooKeeper, before any broker
    users: dict[str, str] = field(default_factory=dict)
    rules: set[Any] = field(default_factory=set)
    logins: list[Any] = field(default_factory=list)
    offers: list[Any] = field(default_factory=list)
    dynamic: dict[str, str] = field(default_factory=dict)
    read_again: list[dict[str, str]] = field(default_factory=list)
    partitions: list[Any] = field(default_factory=list)
    controller: int = -1
    refused: set[str] = field(default_factory=set)  # users whose requests the brokers do not take
    batches: list[int] = field(default_factory=list)  # how many users each question was about

    waits: Callable[[], object] = lambda: None  # what happens while a unit waits

    @property
    def clients(self) -> dict[str, str]:
        """The users of related applications; track 4 keeps its own among them."""
        return {
            name: password for name, password in self.users.items() if name.startswith("relation-")
        }

    def wait(self, seconds: float) -> None:
        self.waits()

    @property
    def fakes(self) -> dict[str, Any]:
        """Return what the charm class is given in place of the real ones."""
        return {
            "load_client": staticmethod(lambda: None),
            "open_metadata": staticmethod(self.open_metadata),
            "open_session": staticmethod(self.open_session),
            "acknowledges": staticmethod(self.acknowledges),
        }

    def acknowledges(self, login: Any, broker_id: int, patience: float, meanwhile: Any) -> bool:
        if self.is_ready:
            meanwhile(self)
        return self.is_ready

    @contextmanager
    def open_metadata(self, offer: Any, authority: str) -> Iterator["Cluster"]:
        if self.refuses:
            raise UnreachableError("nobody there")
        self.offers.append(offer)
        yield self

    @contextmanager
    def open_session(self, login: Any) -> Iterator["Cluster"]:
        if self.refuses:
            raise admin.UnavailableError("nobody there")
        self.logins.append(login)
        yield self

    def write_users(self, passwords: dict[str, str]) -> None:
        self.first_users.update(passwords)

    def forget_dynamic(self, broker_id: int, names: Iterable[str]) -> None:
        for name in list(names) or list(self.dynamic):
            self.dynamic.pop(name, None)

    def create_users(self, passwords: Mapping[str, str], rules: Iterable[Any]) -> str:
        self.batches.append(len(passwords))
        if self.refused & passwords.keys():
            return "the brokers refuse it: no reason"
        self.users.update(passwords)
        self.rules |= set(rules)
        return ""

    def put_user(self, user: str, password: str) -> None:
        self.users[user] = password

    def remove_users(self, names: Iterable[str]) -> None:
        self.batches.append(len(list(names)))
        self.delete_acls(names)
        for name in names:
            self.users.pop(name, None)

    def delete_acls(self, names: Iterable[str]) -> None:
        self.rules -= {rule for rule in self.rules if rule.user in set(names)}

    def read_cluster(self) -> Seen:
        return Seen(self.controller, tuple(self.partitions))

    def list_topics(self) -> list[str]:
        return [one.topic for one in self.partitions]

    def delete_topics(self, names: Iterable[str]) -> None:
        gone = set(names)
        self.partitions = [one for one in self.partitions if one.topic not in gone]

    def read_stores_again(self, broker_id: int, values: dict[str, str]) -> None:
        if self.rejects:
            raise admin.RejectedError("not while it runs")
        self.read_again.append(values)

    def change_settings(self, broker_id: int, values: dict[str, str]) -> None:
        if self.rejects:
            raise admin.RejectedError("not while it runs")
        self.dynamic.update(values)
