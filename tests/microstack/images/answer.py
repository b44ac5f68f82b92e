"""Answers one HTTP request on stdin with a file: QEMU starts it for each connection."""

import sys
from pathlib import Path


def main() -> None:
    """Answer."""
    asked = sys.stdin.buffer.readline().split()[1].decode()
    while sys.stdin.buffer.readline().strip():
        pass
    file = Path(sys.argv[1] + asked)
    file = file / "index.html" if file.is_dir() else file
    status, body = ("200 OK", file.read_bytes()) if file.is_file() else ("404 Not Found", b"")
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    sys.stdout.buffer.write(head.encode() + body)


if __name__ == "__main__":
    main()
