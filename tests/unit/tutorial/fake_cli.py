"""A model that exists on paper: what the walker's commands do, kept in fake.json."""

import json
import os
import sys
from pathlib import Path

STATE = Path(os.environ["FAKE_STATE"])
EMPTY = {
    "controllers": [],
    "models": [],
    "applications": [],
    "relations": [],
    "instances": [],
    "cloud": "not installed",
    "typed": [],
}


def main(argv):
    state = json.loads(STATE.read_text()) if STATE.exists() else EMPTY
    verb, words = argv[0], [w for w in argv[1:] if not w.startswith("-")]
    if verb == "microstack":
        verb, words = f"microstack {words[0]}", words[1:]
    if "--format" in argv:
        print(json.dumps(ANSWERS[verb](state)))
        return 0
    if verb in TABLES:
        print(TABLES[verb])
        return 0
    state["typed"].append(" ".join(argv))
    if os.environ.get("FAKE_FAILS") == verb:
        print(f"ERROR {verb} cannot be done", file=sys.stderr)
        return 3
    CHANGES.get(verb, lambda state, words: None)(state, words)
    STATE.write_text(json.dumps(state))
    print(f"did {verb}")
    return 0


def status(state):
    return {"applications": {name: application(state, name) for name in state["applications"]}}


def application(state, name):
    others = [pair[1 - pair.index(name)] for pair in state["relations"] if name in pair]
    active = {"current": "active"}
    unit = {"workload-status": active, "juju-status": {"current": "idle"}}
    return {
        "application-status": active,
        "units": {f"{name}/0": unit},
        "relations": {other: [{"related-application": other}] for other in others},
    }


TABLES = {
    "status": "Model  Controller\ndemo   overlord",
    "microstack status": "MicroStack: running",
}
ANSWERS = {
    "controllers": lambda state: {"controllers": {name: {} for name in state["controllers"]}},
    "models": lambda state: {"models": [{"short-name": name} for name in state["models"]]},
    "status": status,
    "secrets": lambda state: {"d5nca": {"name": "older"}, "d5ncb": {"name": "kafka-users"}},
    "microstack status": lambda state: {
        "state": state["cloud"],
        "instances": [{"name": name, "status": "ACTIVE"} for name in state["instances"]],
    },
    "run": lambda state: {
        "data-integrator/0": {
            "status": "completed",
            "results": {"kafka": {"username": "relation-6", "password": "s3cret"}},
        }
    },
}
CHANGES = {
    "bootstrap": lambda state, words: state["controllers"].append(words[1]),
    "add-model": lambda state, words: state["models"].append(words[0]),
    "deploy": lambda state, words: state["applications"].append(words[0]),
    "integrate": lambda state, words: state["relations"].append(words[:2]),
    "remove-relation": lambda state, words: state["relations"].remove(words[:2]),
    "microstack bootstrap": lambda state, words: state.update(cloud="running"),
    "microstack launch": lambda state, words: state["instances"].append(words[0]),
    "microstack destroy": lambda state, words: state.update(cloud="not installed", instances=[]),
}

sys.exit(main(sys.argv[1:]))
