"""Configuration of log4j 1: appenders as properties."""

from __future__ import annotations

from pathlib import Path

PATTERN = "[%d] %p %m (%c)%n"
LEVELS = {"DEBUG": "DEBUG", "INFO": "INFO", "WARNING": "WARN", "ERROR": "ERROR"}
"""Options of charms, and the words of log4j."""


def rolling_file(name: str, file: Path) -> dict[str, str]:
    """Return an appender that keeps 60 MB in six files."""
    return {
        **_appender(name, "RollingFileAppender", PATTERN),
        f"log4j.appender.{name}.File": str(file),
        f"log4j.appender.{name}.MaxFileSize": "10MB",
        f"log4j.appender.{name}.MaxBackupIndex": "5",
    }


def console(name: str, pattern: str = PATTERN, **more: str) -> dict[str, str]:
    """Return an appender to standard output, or where `more` says."""
    own = {f"log4j.appender.{name}.{key}": value for key, value in more.items()}
    return {**_appender(name, "ConsoleAppender", pattern), **own}


def _appender(name: str, kind: str, pattern: str) -> dict[str, str]:
    return {
        f"log4j.appender.{name}": f"org.apache.log4j.{kind}",
        f"log4j.appender.{name}.layout": "org.apache.log4j.PatternLayout",
        f"log4j.appender.{name}.layout.ConversionPattern": pattern,
    }
