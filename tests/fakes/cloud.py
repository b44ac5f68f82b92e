"""A cloud whose machines are names only."""

from kafkastack.clouds.protocol import Instance, Machine, MachineSpec


class FakeCloud:
    """Fails as often as `failures` says, with the errors it is given."""

    name = "fake"
    region = "default"
    provider = "fake"
    shares_files = True

    def __init__(self, failures: list[Exception] | None = None) -> None:
        self.failures = failures or []
        self.asked: list[str] = []

    async def create(self, spec: MachineSpec) -> Instance:
        self.asked.append(f"create {spec.machine_id}")
        if self.failures:
            raise self.failures.pop(0)
        return Instance(f"i-{spec.machine_id}", "10.0.0.1", "host")

    async def attach(self, spec: MachineSpec, instance: Instance) -> Machine:
        raise NotImplementedError(spec.machine_id)

    async def destroy(self, spec: MachineSpec, instance: Instance | None) -> None:
        self.asked.append(f"destroy {spec.machine_id}")

    async def close(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass
