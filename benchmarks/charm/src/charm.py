"""The least ops charm: one option, one status."""

import ops


class BenchCharm(ops.CharmBase):
    """Says which number it has been told."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        framework.observe(self.on.config_changed, self._on_config_changed)

    def _on_config_changed(self, _: ops.ConfigChangedEvent) -> None:
        self.unit.status = ops.ActiveStatus(f"n={self.config['n']}")


if __name__ == "__main__":
    ops.main(BenchCharm)
