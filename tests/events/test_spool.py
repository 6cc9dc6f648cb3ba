"""Events on their way to a server: they stay until it has them, and arrive once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bff.events.event import Event
from bff.events.spool import Parcel, Spool

from .made import event


class Server:
    """Keeps what is delivered, by the parcels' ids; `down` is how often it fails, `silent` how often it fails having
    kept it."""

    def __init__(self) -> None:
        self.parcels: dict[bytes, Parcel] = {}
        self.down = 0
        self.silent = 0
        self.refuses = False
        self.tended = 0

    @property
    def events(self) -> list[Event]:
        return [event for parcel in self.parcels.values() for event in parcel.events]

    def deliver(self, id: bytes, parcel: Parcel) -> None:
        if self.refuses:
            raise ValueError("never")
        if self.down:
            self.down -= 1
            raise ConnectionError("down")
        self.parcels[id] = parcel
        if self.silent:
            self.silent -= 1
            raise ConnectionError("the answer was lost")

    def forget(self, visitor: str) -> int:
        return 1

    def tend(self, now: float) -> None:
        self.tended += 1

    def close(self) -> None:
        pass


def spool(folder: Path, server: Server) -> Spool:
    return Spool(folder / "spool.sqlite", server, look=3_600.0)


def test_what_is_written_is_delivered(tmp_path: Path) -> None:
    server = Server()
    own = spool(tmp_path, server)
    own.write([event(visitor="ada"), event(visitor="bob")])
    own.note("queue", 3, 5.0)
    assert own.waiting() == 2
    own.close()
    assert [each.visitor for each in server.events] == ["ada", "bob"]
    assert [parcel.losses for parcel in server.parcels.values()] == [(), (("queue", 3, 5.0),)]


def test_a_server_that_is_down_loses_nothing(tmp_path: Path) -> None:
    server = Server()
    server.down = 99
    own = spool(tmp_path, server)
    for n in range(50):
        own.write([event(visitor=f"v{n}")])
    own.forward()
    assert own.waiting() == 50
    own.close()
    server.down = 0
    later = spool(tmp_path, server)  # the process has ended meanwhile
    later.forward()
    assert later.waiting() == 0
    assert [each.visitor for each in server.events] == [f"v{n}" for n in range(50)]
    later.close()


def test_a_lost_answer_delivers_the_same_parcel_again(tmp_path: Path) -> None:
    server = Server()
    server.silent = 1
    own = spool(tmp_path, server)
    own.write([event()])
    own.forward()
    assert own.waiting() == 1
    own.forward()
    assert own.waiting() == 0
    assert len(server.parcels) == 1
    own.close()


def test_one_process_forwards_for_all(tmp_path: Path) -> None:
    server = Server()
    one, two = spool(tmp_path, server), spool(tmp_path, server)
    one.forward()
    two.write([event()])
    two.forward()
    assert two.waiting() == 1
    two.tend(1.0)
    one.forward()
    one.tend(1.0)
    assert two.waiting() == 0
    assert server.tended == 1
    one.close()
    two.forward()  # the lock is free
    two.tend(1.0)
    assert server.tended == 2
    two.close()


def test_what_the_server_never_takes_holds_up_nothing(tmp_path: Path) -> None:
    server = Server()
    server.refuses = True
    own = spool(tmp_path, server)
    own.write([event()])
    own.forward()
    assert own.waiting() == 0
    with pytest.raises(ValueError, match="a number"):
        own.write([event(value=float("nan"))])
    own.close()


def test_it_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bff.events.spool.MOST", 3)
    server = Server()
    server.down = 99
    own = spool(tmp_path, server)
    for _ in range(4):
        own.write([event()])
    with pytest.raises(BlockingIOError):
        own.write([event()])
    server.down = 0
    own.forward()
    own.write([event()])
    own.close()
    assert len(server.events) == 5
