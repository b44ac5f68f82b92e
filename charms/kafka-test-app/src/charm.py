#!/usr/bin/env python3
"""Charm of a test client: a producer or consumer on this unit, and the credentials it uses."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Mapping

import ops
from kafkastack_charms import requirer
from kafkastack_charms.databag import summarize
from kafkastack_charms.kafka.topics import is_topic
from options import PROCESSES, Options, find_complaint, read_options
from plan import Start, TLSFiles, Wait, decide_start
from runner import Runner
from service import Service
from statuses import make_status

PEERS = "app-peers"
KAFKA = "kafka-cluster"
CERTIFICATES = "certificates"
BY_ACTION = "start-process"
ALREADY = "Process {name} already running!"
RELATED = "Remove the relation with Kafka first: the unit runs the client of that relation."
NO_PROCESS_ROLE = "Set role to producer or consumer first: {role} runs no process."
BAD_TOPIC = "topic-name must be a name that Kafka accepts"
NOTHING = "No process to stop!"


class KafkaTestAppCharm(ops.CharmBase):
    """Ask Kafka for the topic, and run the client that the answer allows."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        folder = self.charm_dir / "client"
        self.runner = Runner(folder, Service(self.unit.name, self.charm_dir, folder))
        self.requests = requirer.Requests(self.model, PEERS)
        # ops hides a relation that is being broken; Juju still names it.
        is_breaking = os.environ.get("JUJU_RELATION") == CERTIFICATES
        self.certificate = None
        if is_breaking or self.model.relations[CERTIFICATES]:
            # The cryptography is imported only where there are certificates.
            from certificate import ClientCertificate

            self.certificate = ClientCertificate(self, CERTIFICATES, self._address())
        self._observe(framework)

    def _observe(self, framework: ops.Framework) -> None:
        relations = (self.on[KAFKA], self.on[CERTIFICATES])
        for event in (
            self.on.leader_elected,
            self.on.config_changed,
            self.on.start,
            self.on.update_status,
            self.on.upgrade_charm,
            self.on.secret_changed,
            self.on[PEERS].relation_changed,
            *(relation.relation_created for relation in relations),
            *(relation.relation_changed for relation in relations),
            self.on[KAFKA].relation_departed,
            *(relation.relation_broken for relation in relations),
        ):
            framework.observe(event, self._reconcile)
        framework.observe(self.on.stop, self._stop)
        framework.observe(self.on.collect_unit_status, self._collect_status)
        framework.observe(self.on.start_process_action, self._start_process)
        framework.observe(self.on.stop_process_action, self._stop_process)

    def _reconcile(self, event: ops.EventBase) -> None:
        relation = self.model.get_relation(KAFKA)
        complaint = find_complaint(self.config)
        self._ask(relation, may_ask=not complaint)
        if relation is None:
            self._end_related_run()
        elif _is_ending(relation, event):
            self.runner.pause()
        elif not complaint:
            decision = self._decide(relation)
            if isinstance(decision, Start):
                self.runner.ensure(decision, anew=isinstance(event, ops.UpgradeCharmEvent))
            else:
                self.runner.pause()

    def _ask(self, relation: ops.Relation | None, may_ask: bool) -> None:
        if relation:
            requirer.announce(self.model, relation)
        if self.unit.is_leader():
            request = self._make_request() if may_ask else None
            self.requests.send_once([(relation, request)] if relation else [])

    def _make_request(self) -> requirer.Request:
        options = read_options(self.config)
        return requirer.Request(
            "topic",
            options.topic,
            {
                "extra-user-roles": options.role,
                "consumer-group-prefix": options.group_prefix,
            },
        )

    def _end_related_run(self) -> None:
        present = self.runner.present
        if present is None or present.run != BY_ACTION:
            self.runner.end()

    def _decide(self, relation: ops.Relation) -> Start | Wait:
        """Return the client of a relation: what was asked counts, not what the options say now."""
        asked = self.requests.read(relation)
        answer = requirer.read_answer(self.model, relation)
        options = read_options(self.config)
        if not asked or not relation.units:
            return Wait("unanswered", {"app": relation.app.name, "topic": options.topic})
        options = options._replace(
            topic=asked.get("topic", ""), role=asked.get("extra-user-roles", "")
        )
        if options.role not in PROCESSES and requirer.is_answered(answer):
            return Wait("running", {"topic": options.topic, "role": options.role})
        decision = self._decide_start(answer, options, f"{relation.name}:{relation.id}")
        faults = self.certificate.faults if self.certificate else ()
        if faults and isinstance(decision, Wait) and decision.status == "no-certificate":
            return Wait("bad-authority", {"reason": summarize(faults)})
        return decision or self._wait(relation, options.topic)

    def _wait(self, relation: ops.Relation, topic: str) -> Wait:
        words = {"app": relation.app.name, "topic": topic}
        if reason := requirer.read_refusal(relation):
            return Wait("refused", {**words, "reason": reason})
        return Wait("unanswered", words)

    def _decide_start(
        self, answer: Mapping[str, str], options: Options, run: str
    ) -> Start | Wait | None:
        wants_tls = bool(self.model.relations[CERTIFICATES])
        fresh = f"{tempfile.gettempdir()}/{int(time.time())}_{options.role}"
        return decide_start(
            answer,
            options,
            wants_tls,
            self._read_files() if wants_tls else None,
            run=run,
            origin=f"{socket.gethostname()} ({self._address()})",
            log=self.runner.choose_log(run, fresh),
        )

    def _read_files(self) -> TLSFiles | None:
        return self.certificate.read() if self.certificate else None

    def _address(self) -> str:
        binding = self.model.get_binding(KAFKA)
        address = binding.network.bind_address if binding else None
        return str(address) if address else ""

    def _stop(self, _: ops.StopEvent) -> None:
        self.runner.end()

    def _collect_status(self, event: ops.CollectStatusEvent) -> None:
        event.add_status(self._judge())

    def _judge(self) -> ops.StatusBase:
        complaint = find_complaint(self.config)
        if complaint:
            return make_status("complaint", complaint=complaint)
        relation = self.model.get_relation(KAFKA)
        if relation is None:
            return self._judge_process() if self.runner.present else make_status("unrelated")
        options = read_options(self.config)
        asked = self.requests.read(relation)
        given = (asked.get("topic"), asked.get("extra-user-roles"))
        if asked and given != (options.topic, options.role):
            return make_status("changed", topic=options.topic)
        decision = self._decide(relation)
        if isinstance(decision, Wait):
            return make_status(decision.status, **decision.words)
        return self._judge_process()

    def _judge_process(self) -> ops.StatusBase:
        name, words = self.runner.describe()
        return make_status(name, **words)

    def _start_process(self, event: ops.ActionEvent) -> None:
        parameters = {key: str(value) for key, value in event.params.items()}
        obstacle = self._find_obstacle(parameters)
        if obstacle:
            event.fail(obstacle)
            return
        options = read_options(self.config)._replace(topic=parameters["topic-name"])
        tls = "enabled" if self.model.relations[CERTIFICATES] else "disabled"
        answer = {**parameters, "endpoints": parameters["servers"], "tls": tls}
        decision = self._decide_start(answer, options, BY_ACTION)
        if isinstance(decision, Start):
            self.runner.end()
            self.runner.ensure(decision, anew=True)
            event.set_results({"process": self.runner.service.name})
        elif decision:
            event.fail(make_status(decision.status, **decision.words).message)
        else:
            event.fail("servers, username and password must not be empty")

    def _find_obstacle(self, parameters: Mapping[str, str]) -> str:
        if self.model.get_relation(KAFKA):
            return RELATED
        if self.runner.service.is_active():
            return ALREADY.format(name=self.runner.service.name)
        role = str(self.config["role"])
        if role not in PROCESSES:
            return NO_PROCESS_ROLE.format(role=role)
        if not is_topic(parameters["topic-name"]):
            return BAD_TOPIC
        return find_complaint(self.config)

    def _stop_process(self, event: ops.ActionEvent) -> None:
        if self.runner.present is None:
            event.fail(NOTHING)
            return
        if self.model.get_relation(KAFKA):
            self.runner.halt()
        else:
            self.runner.end()
        event.set_results({"process": self.runner.service.name})


def _is_ending(relation: ops.Relation, event: ops.EventBase) -> bool:
    """Report whether nobody is left on the other side: one that ends, or is yet to begin."""
    departing = event.departing_unit if isinstance(event, ops.RelationDepartedEvent) else None
    return not {unit for unit in relation.units if unit != departing}


if __name__ == "__main__":
    ops.main(KafkaTestAppCharm)
