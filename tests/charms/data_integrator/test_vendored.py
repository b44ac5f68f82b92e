"""A library that two charms carry is one library."""

from pathlib import Path

CHARMS = Path(__file__).parents[3] / "charms"
LIBRARY = "lib/charms/kafkastack/v0/data_client.py"


def test_both_copies_of_the_data_client_are_the_same():
    copies = {path.read_bytes() for path in CHARMS.glob(f"*/{LIBRARY}")}

    assert len(copies) == 1
