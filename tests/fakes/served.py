"""A real tool server of app/0 on its socket, and its programs in a folder, for real processes."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from kafkastack.clouds.protocol import Completed
from kafkastack.hooktools.client import client_files
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.server import RunCommands, ToolServer

KEY = "the-key-of-this-hook"


@dataclass(frozen=True)
class Served:
    """Where the tools lie and what a charm's environment says."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.folder / 'tools'}:/usr/local/bin:/usr/bin:/bin",
            "JUJU_CONTEXT_ID": KEY,
            "JUJU_AGENT_SOCKET_ADDRESS": str(self.folder / "tools.sock"),
        }

    async def run(
        self, *argv: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Completed:
        """Run a program as a charm's process is run."""
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env={**self.environment, **(env or {})},
        )
        out, err = await asyncio.wait_for(process.communicate(stdin), 60)
        assert process.returncode is not None
        return Completed(process.returncode, out, err)


@asynccontextmanager
async def serve(folder: Path, context: HookContext) -> AsyncGenerator[Served]:
    """Answer the tools of one hook while the block runs."""
    place_tools(folder / "tools")
    server = ToolServer(folder / "tools.sock", "app/0", {}, _refuse)
    await server.start()
    server.contexts[KEY] = context
    try:
        yield Served(folder)
    finally:
        await server.close()


def place_tools(tools: Path) -> None:
    """Put the client and its links into a folder."""
    tools.mkdir()
    for name, content in client_files().items():
        if isinstance(content, str):
            (tools / name).symlink_to(content)
        else:
            (tools / name).write_bytes(content)
            (tools / name).chmod(0o755)


async def _refuse(commands: RunCommands) -> Completed:
    raise NotImplementedError(commands)
