"""supervisord, with a fault of its 4.3.0 mended; run as a script, it needs nothing but supervisor.

A connection's descriptor that is closed and at once given to a program's standard input stays
registered with poll. When that program closes its input, poll reports an error that nobody
handles, and supervisord turns in its loop with a processor of its own.
"""

import select

from supervisor import poller, supervisord  # pyright: ignore[reportMissingTypeStubs]

_ignore_invalid = poller.PollPoller._ignore_invalid  # pyright: ignore


def forget_broken(self: poller.PollPoller, descriptor: int, events: int) -> bool:
    """Forget a descriptor of which nothing is reported but an error, like one that is closed."""
    if events == select.POLLERR:
        events = select.POLLNVAL
    return bool(_ignore_invalid(self, descriptor, events))


if __name__ == "__main__":
    poller.PollPoller._ignore_invalid = forget_broken  # pyright: ignore
    supervisord.main()  # pyright: ignore
