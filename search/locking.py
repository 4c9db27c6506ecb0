"""A lock that many may share, or one hold alone. Pure."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class SharedLock:
    """Readers share it, a writer has it alone, and a waiting writer goes before new readers. Not reentrant."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._readers = 0
        self._writers_waiting = 0
        self._is_written = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Together with everybody else who only reads."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_written and not self._writers_waiting)
            self._readers += 1
        try:
            yield
        finally:
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Alone, once those who read have finished."""
        with self._changed:
            self._writers_waiting += 1
            self._changed.wait_for(lambda: not self._is_written and not self._readers)
            self._writers_waiting -= 1
            self._is_written = True
        try:
            yield
        finally:
            with self._changed:
                self._is_written = False
                self._changed.notify_all()
