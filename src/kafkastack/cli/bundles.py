"""deploy of a bundle, diff-bundle, export-bundle: files here, the model at the controller."""

import base64
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kafkastack.cli import catalogue
from kafkastack.cli.formats.data import to_yaml
from kafkastack.cli.session import Target, model_target, read_text
from kafkastack.errors import ConflictError, KafkastackError, NotFoundError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.bundle import Bundle, BundleApplication, Raw, read_bundle
from kafkastack.model.bundle_overlay import merge_overlay
from kafkastack.model.placement import CONTAINERS
from kafkastack.model.text import visible
from kafkastack.model.yaml_file import Node, read_documents
from kafkastack.system.reading import MOST_BYTES, read_regular, text_of

# What `deploy` takes for a charm and a bundle has for each of its applications.
_OF_CHARMS = {
    "lists": ("config", "resource", "constraints", "storage", "attach-storage"),
    "values": ("to", "base", "channel", "revision"),
}


def deploy_bundle(parsed: Parsed) -> int:
    """Make the model what a bundle and its overlays describe."""
    _refuse_flags_of_charms(parsed)
    target, path = model_target(parsed), _file(parsed.positional[0])
    document, bundle = read_with_charms(path, parsed.lists["overlay"])
    _ask_for_trust(parsed, bundle)
    _warn_of_containers(bundle)
    if parsed.is_set("dry-run"):
        return _tell(_deploy(parsed, target, document, path))
    shown = _Lines()
    if not _deploy(parsed, target, document, path, shown):
        print("No changes to apply.")
        return 0
    print("Deploy of bundle completed.", file=sys.stderr)
    return 0


def diff_bundle(parsed: Parsed) -> int:
    """Show where the model differs from a bundle and its overlays."""
    target, path = model_target(parsed), _file(parsed.positional[0])
    document, _ = read_with_charms(path, parsed.lists["overlay"])
    print(to_yaml(target.call("diff-bundle", document=document, file=str(path))), end="")
    return 0


def export_bundle(parsed: Parsed) -> int:
    """Write the model as a bundle."""
    bundle, *overlay = model_target(parsed).call("export-bundle")
    text = to_yaml(bundle)
    for document in overlay:
        text += f"--- # overlay.yaml\n{to_yaml(document)}"
    if not parsed["filename"]:
        print(text, end="")
        return 0
    Path(parsed["filename"]).write_text(text)
    print(f"Bundle successfully exported to {parsed['filename']}")
    return 0


def read_with_charms(path: Path, overlays: list[str]) -> tuple[Raw, Bundle]:
    """Return a bundle as it is written and as it is meant, with its charms found."""
    document = read_bundle_files([path, *map(Path, overlays)])
    for name, application in read_bundle(document, str(path)).applications.items():
        _find_charm(document["applications"][name], application)
    return document, read_bundle(document, str(path))


def _deploy(
    parsed: Parsed, target: Target, document: Raw, path: Path, progress: "_Lines | None" = None
) -> list[str]:
    return target.call(
        "deploy-bundle",
        progress=progress,
        document=document,
        file=str(path),
        dry_run=progress is None,
        machines=_machine_map(parsed["map-machines"]),
    )


def _tell(changes: list[str]) -> int:
    if not changes:
        print("No changes to apply.")
        return 0
    print("Changes to deploy bundle:")
    for change in changes:
        print(visible(f"- {change}"))
    return 0


class _Lines:
    """A line for each change as it is made, below a head."""

    def __init__(self) -> None:
        self._begun = False

    def __call__(self, change: str) -> None:
        if not self._begun:
            print("Executing changes:")
            self._begun = True
        print(visible(f"- {change}"), flush=True)


def _refuse_flags_of_charms(parsed: Parsed) -> None:
    given = [name for name in _OF_CHARMS["lists"] if parsed.lists[name]]
    given += [name for name in _OF_CHARMS["values"] if parsed[name]]
    if given:
        raise UsageError(
            f"options provided but not supported when deploying a bundle: --{', --'.join(given)}",
            "write them into the bundle, or into an overlay: --overlay FILE",
        )
    if len(parsed.positional) > 1:
        raise UsageError("alias argument specified but not supported when deploying a bundle")


def _file(word: str) -> Path:
    path = Path(word).expanduser()
    return path / "bundle.yaml" if path.is_dir() else path


def read_bundle_files(paths: list[Path]) -> Raw:
    """Return the bundle that these files describe: the first document, and overlays."""
    documents = [document for path in paths for document in _documents(path)]
    if not documents:
        raise KafkastackError(f"{paths[0]} is empty", "describe the model under applications:")
    merged, *overlays = documents
    for overlay in overlays:
        merged = merge_overlay(merged, overlay)
    return merged


def _documents(path: Path) -> Iterator[Raw]:
    for number, document in enumerate(read_documents(read_text(path), str(path))):
        if document.value is not None:
            yield _placed(document.value, path, number)


def _placed(value: object, path: Path, number: int) -> Raw:
    """Return a document with the paths in it made absolute: they are relative to its file."""
    node = Node(value, str(path) if number == 0 else f"{path}, document {number + 1}")
    document = {key: value.value for key, value in node.map().items()}
    if "services" in document:  # what applications were called once
        document.setdefault("applications", document.pop("services"))
    applications = Node(document, node.file).get("applications").map()
    document["applications"] = {
        name: None if body.value is None else _application(body, path.parent)
        for name, body in applications.items()
    }
    node.get("relations").list()  # an overlay's is merged before the whole is read
    node.get("saas").map()
    return document


def _application(node: Node, folder: Path) -> Raw:
    body = {key: value.value for key, value in node.map().items()}
    charm = node.get("charm").text()
    if charm.startswith((".", "/")):
        body["charm"] = str((folder / charm).resolve())
    options, resources = node.get("options").map(), node.get("resources").map()
    if options:
        body["options"] = {key: _included(value.value, folder) for key, value in options.items()}
    files = {key: _resource(value, folder) for key, value in resources.items()}
    if resources:
        body["resources"] = {key: file for key, file in files.items() if file}
    return body


def _included(value: Any, folder: Path) -> Any:
    """Return an option's value, or what the file holds that it names."""
    prefix, slashes, name = value.partition("//") if isinstance(value, str) else ("", "", "")
    read = _INCLUDES.get(prefix + slashes)
    if read is None:
        return value
    path = folder / name
    if not path.exists():
        raise NotFoundError(f"{value}: {path} not found", "it is relative to the bundle")
    return read(read_regular(_beside(folder, name), MOST_BYTES), path)


def _beside(folder: Path, name: str) -> Path:
    """Return the file that a bundle names; by a link in its own folder nothing outside is meant.

    A path that leads elsewhere as it is written can be read by who deploys the bundle.
    """
    path = (folder / name).resolve()
    lies_within = ".." not in Path(name).parts and not Path(name).is_absolute()
    if lies_within and not path.is_relative_to(folder.resolve()):
        raise KafkastackError(
            f"{folder / name} is a link that leads out of the bundle, to {path}",
            "put the file there, or write its own path into the bundle",
        )
    return path


def _as_base64(content: bytes, _: Path) -> str:
    return base64.b64encode(content).decode()


_INCLUDES: Mapping[str, Callable[[bytes, Path], str]] = {
    "include-file://": text_of,
    "include-base64://": _as_base64,
}


def _resource(node: Node, folder: Path) -> str:
    """Return the file of a resource; "" for a revision, which ours have by their channel."""
    word = node.text()
    if word.isdigit():
        return ""
    path = _beside(folder, word)
    if not path.is_file():
        raise NotFoundError(
            f"{node.file}: {node.place}: {path} not found", "give a file, relative to the bundle"
        )
    return str(path)


def _find_charm(body: Raw, application: BundleApplication) -> None:
    """Write into an application where its charm is."""
    revision = None if body.get("revision") is None else application.revision
    found = catalogue.find(application.charm, application.channel, revision)
    body |= {
        "source": str(found.source),
        "channel": found.channel.name,
        "revision": found.channel.revision,
        "artifacts": found.channel.resources,
    }


def _ask_for_trust(parsed: Parsed, bundle: Bundle) -> None:
    wanted = [app.name for app in bundle.applications.values() if app.trust]
    if wanted and not parsed.is_set("trust"):
        raise ConflictError(
            "Bundle cannot be deployed without trusting applications with your cloud "
            f"credentials: {', '.join(wanted)}",
            "repeat the deploy command with --trust if you consent",
        )


def _warn_of_containers(bundle: Bundle) -> None:
    for word in dict.fromkeys(word for app in bundle.applications.values() for word in app.to):
        container, colon, place = word.partition(":")
        if colon and container in CONTAINERS:
            told = f'placement "{word}": machines here have no containers; it goes to {place}'
            print(f"WARNING {visible(told)}", file=sys.stderr)


def _machine_map(text: str) -> dict[str, str]:
    """Read --map-machines: "existing", and pairs such as 0=3."""
    pairs: dict[str, str] = {}
    for word in text.split(",") if text else ():
        name, equals, number = word.partition("=")
        if not equals and word != "existing":
            raise UsageError(f'--map-machines: expected "existing" or <bundle>=<id>, got "{word}"')
        pairs[name] = number
    return pairs
