"""An application goes on with a charm of its own name, or by --switch with another one."""

import pytest

from kafkastack.errors import ConflictError
from kafkastack.model.charm import CharmMeta
from kafkastack.model.refresh import check_refresh


def test_a_charm_of_another_name_takes_the_place_only_by_switch() -> None:
    before, after = CharmMeta("kafka"), CharmMeta("kafka-fork")
    with pytest.raises(ConflictError, match='its name is not "kafka"'):
        check_refresh("app", before, after, [])
    check_refresh("app", before, after, [], switch=True)


def test_a_subordinate_does_not_even_by_switch() -> None:
    after = CharmMeta("agent", subordinate=True)
    with pytest.raises(ConflictError, match="subordinacy"):
        check_refresh("app", CharmMeta("kafka"), after, [], switch=True)
