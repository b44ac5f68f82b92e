"""Commands of a page of the documentation, as a person would copy them."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_TYPED = re.compile(r"^\$ (.*)$", re.MULTILINE)
_INDENTED = re.compile(r"^ {4}(kafkastack .*)$", re.MULTILINE)


def commands(page: Path, heading: str = "") -> list[str]:
    """Return the command lines of a page, or of what stands below one of its headings."""
    text = page.read_text()
    if heading:
        text = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [*_TYPED.findall(text), *_INDENTED.findall(text)]
