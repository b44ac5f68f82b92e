"""Checks of the cloud of this machine: it runs, and what runs on it, by `microstack status`."""

from typing import Any

from kafkastack.tutorial.already import CLOUD_STATUS
from kafkastack.tutorial.scene import Scene


def cloud_running(scene: Scene, _words: tuple[str, ...]) -> str:
    """Verify that every service runs."""
    return find_stopped(scene.ask_json(*CLOUD_STATUS))


def find_stopped(status: dict[str, Any]) -> str:
    """Return what keeps the cloud from running, or ""."""
    if status["state"] == "running":
        return ""
    others = [name for name, state in status.get("services", {}).items() if state != "running"]
    lacking = f" ({', '.join(others)})" if others else ""
    return f"the cloud is {status['state']}{lacking}"


def instance_active(scene: Scene, words: tuple[str, ...]) -> str:
    """Verify that an instance is ACTIVE."""
    return find_instance_fault(scene.ask_json(*CLOUD_STATUS), words[0])


def find_instance_fault(status: dict[str, Any], name: str) -> str:
    """Return what keeps an instance of a name from being active, or ""."""
    states = [i["status"] for i in status.get("instances", ()) if i["name"] == name]
    if not states:
        return f"there is no instance {name}"
    return "" if "ACTIVE" in states else f"{name} is {states[0]}"
