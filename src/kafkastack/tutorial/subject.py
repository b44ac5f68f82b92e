"""Subject of a tutorial: its display, presence check, removal, and closing words."""

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from kafkastack.microstack.settings import default_settings
from kafkastack.tutorial import already, removal
from kafkastack.tutorial.already import ALREADY, CLOUD_STATUS, MODEL_STATUS, Question
from kafkastack.tutorial.document import Command, Tutorial
from kafkastack.tutorial.scene import CONTROLLER, MODEL


class Subject(Struct, frozen=True):
    """What the commands of a tutorial make.

    A walk begins anew when the effect of a verb of `marks` that it has typed is there no more.
    """

    name: str
    status: tuple[str, ...]
    look: str
    marks: Mapping[str, Question]
    remove: removal.Remove
    conclude: Callable[[Path], str]
    needs_root: bool = False
    has_choice_of_cloud: bool = True


def _conclude_model(folder: Path) -> str:
    return (
        f"The model {MODEL} of controller {CONTROLLER} is running. Files for your own "
        f"application are in\n  {folder}"
    )


def _conclude_cloud(_folder: Path) -> str:
    cloud = default_settings().name
    return (
        "The cloud is there for you. What next:\n"
        f"  OS_CLOUD={cloud} openstack server list\n"
        f"  kafkastack tutorial run --cloud {cloud}\n"
        "  kafkastack microstack stop, start, destroy"
    )


MODEL_SUBJECT = Subject(
    f"the controller {CONTROLLER} or its model {MODEL}",
    MODEL_STATUS,
    "kafkastack debug-log --replay --no-tail",
    {verb: ALREADY[verb] for verb in ("bootstrap", "add-model")},
    removal.remove_controller,
    _conclude_model,
)
CLOUD_SUBJECT = Subject(
    "the cloud of this machine",
    CLOUD_STATUS,
    "kafkastack microstack status",
    {"microstack bootstrap": already.IS_INSTALLED},
    removal.remove_cloud,
    _conclude_cloud,
    needs_root=True,
    has_choice_of_cloud=False,
)
SUBJECTS = (MODEL_SUBJECT, CLOUD_SUBJECT)  # what stands on another one is before it


def subject_of(tutorial: Tutorial) -> Subject:
    """Return what the commands of a tutorial make."""
    verbs = {already.verb_of(command) for command in _typed(tutorial)}
    return next((s for s in SUBJECTS if verbs & s.marks.keys()), MODEL_SUBJECT)


def _typed(tutorial: Tutorial) -> list[tuple[str, ...]]:
    actions = [step.action for step in tutorial.steps]
    return [a.words[1:] for a in actions if isinstance(a, Command) and a.words[0] == "kafkastack"]
