"""Text of the results of `run` and `exec`."""

from __future__ import annotations

from kafkastack.model.text import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kafkastack.cli.formats.shapes import Document

_STREAMS = ("stdout", "stderr")


def run_output(document: Document) -> str:
    """Return Juju's plain output: the results of one task, or a map of several.

    The bytes that a program wrote are kept; on a terminal they are shown by `guarded`.
    """
    outputs = {unit: _results(task) for unit, task in document.items()}
    if len(outputs) == 1:
        return "".join(f"{text}\n" for text in outputs.values())
    from kafkastack.cli.formats.yaml_text import dump

    return dump(
        {
            unit: {"id": document[unit]["id"], "output": text, "status": document[unit]["status"]}
            for unit, text in outputs.items()
        }
    )


def failed_tasks(document: Document) -> str:
    """Return the text after "ERROR " when a program ended with a code other than 0, else ""."""
    failed = [(task["id"], _code(task)) for task in document.values() if _code(task)]
    if not failed:
        return ""
    noun, ending = ("task", "") if len(failed) == 1 else ("tasks", "s")
    lines = "".join(f' - id "{number}" with return code {code}\n' for number, code in failed)
    advice = f"use 'kafkastack show-task' to inspect the failure{ending}"
    return f"the following {noun} failed:\n{lines}\n{advice}"


def task_output(task: Document) -> str:
    """Return what `show-task` prints: the results, or how far it is."""
    if "completed" in task.get("timing", {}):
        return f"{_results(task)}\n"
    from kafkastack.cli.formats.yaml_text import dump

    return dump({name: value for name, value in task.items() if name != "results"})


def action_help(schema: Document) -> str:
    """Return what `show-action` prints: the description, then the parameters."""
    from kafkastack.cli.formats.yaml_text import dump

    arguments = schema["properties"]
    return f"{visible(schema['description'])}\n" + (
        f"\nArguments\n{dump(arguments)}" if arguments else ""
    )


def _results(task: Document) -> str:
    results: Document = task.get("results", {})
    text = ""
    if task["status"] == "failed":
        text = f"Action id {task['id']} failed: {visible(task.get('message', ''))}\n"
    data = {k: v for k, v in results.items() if k not in (*_STREAMS, "return-code")}
    if data:
        from kafkastack.cli.formats.yaml_text import dump

        text += dump(data)
    return text + "".join(results.get(stream, "") for stream in _STREAMS)


def _code(task: Document) -> int:
    return int(task.get("results", {}).get("return-code", 0))
