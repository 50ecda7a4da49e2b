"""Logging: JSON lines in service, colour at a terminal. One line says what happened, to what, and what to do."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog


def configure(level: str = "info", *, process: str = "edge", stream: TextIO | None = None) -> None:
    """Set up structlog for this process; standard-library loggers of dependencies go the same way from WARNING up."""
    stream = stream or sys.stderr
    terminal = stream.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper(), logging.INFO)),
        logger_factory=structlog.PrintLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=logging.WARNING, stream=stream, format="%(levelname)s %(name)s %(message)s", force=True)


def get(room: str) -> structlog.stdlib.BoundLogger:
    """The logger of a room."""
    log: structlog.stdlib.BoundLogger = structlog.get_logger(room=room)
    return log
