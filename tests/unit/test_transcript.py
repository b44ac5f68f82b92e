"""Transcript, and README's part of it: what was written once is what would be written now."""

import io
from pathlib import Path

from rich.console import Console

from kafkastack.artifacts.our_charms import distribution_of
from kafkastack.tutorial import document, library, placeholders
from kafkastack.tutorial.document import Checkpoint, Command, File
from kafkastack.tutorial.screen import Screen
from tests.load import load
from tests.tutorials.shown import steps

TRANSCRIPT = load(Path(__file__).parents[2] / "docs/transcript.py")
WRITTEN = TRANSCRIPT.FENCED.search(TRANSCRIPT.PAGE.read_text())[0]
README = TRANSCRIPT.FENCED.search(TRANSCRIPT.README.read_text())[0]
TUTORIAL = document.parse(library.read(library.DEFAULT))
STALE = "stale: make transcript"


def shown(tutorial):
    """Return what a walk shows of its steps, without what the commands answer."""
    out, section = io.StringIO(), ""
    screen = Screen(console=Console(file=out, highlight=False, soft_wrap=True))
    for step in tutorial.steps:
        if step.section != section:
            section = step.section
            screen.section(section)
        show(screen, step.action)
    return out.getvalue()


def show(screen, action):
    match action:
        case Command():
            screen.command(action.text)
        case File():
            screen.file(f"/{action.name}", "")
        case Checkpoint():
            screen.checkpoint(action.sentence, [str(c) for c in action.conditions], "")


def test_the_transcript_has_every_step_of_the_tutorial_in_its_order():
    assert steps(WRITTEN) == steps(shown(TUTORIAL)), STALE


def test_the_transcript_has_every_line_of_the_files_of_the_tutorial():
    written = set(WRITTEN.splitlines())
    files = [step.action.text for step in TUTORIAL.steps if isinstance(step.action, File)]
    lines = [line for text in files for line in text.splitlines() if not placeholders.find(line)]

    assert [x for x in lines if f"    {x}".rstrip() not in written] == [], STALE


def test_the_transcript_is_of_the_kafka_of_the_first_journey():
    assert f"Making class archives for {distribution_of('4/stable').name}\n" in WRITTEN, STALE


def test_the_readme_shows_a_part_of_the_transcript_in_25_lines():
    assert TRANSCRIPT.excerpt(WRITTEN) == README, STALE
    assert len(README.splitlines()) <= 25
