"""The hub's log: one sentence a line on stderr, its facts as fields behind it (logfmt)."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Lines(logging.Formatter):
    """Formats a record as `TIME LEVEL sentence name=value…`; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        facts = {name: value for name, value in vars(record).items() if name not in _OWN}
        fields = "".join(f" {name}={_value(value)}" for name, value in sorted(facts.items()))
        text = f"{time} {record.levelname:<7} {record.getMessage()}{fields}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def _value(value: object) -> str:
    text = str(value)
    plain = text and not any(character in text for character in ' "=') and text.isprintable()
    return text if plain else json.dumps(text, ensure_ascii=False)


def log_to_stderr() -> None:
    """Send everything from INFO upwards to stderr; of libraries only what is a warning."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("fleet").setLevel(logging.INFO)
    logging.captureWarnings(True)
