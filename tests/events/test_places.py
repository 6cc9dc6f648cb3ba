"""Which sink a store has, and where its report reads."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from bff.events import places
from bff.events.places import Uninstalled, readable, sink
from bff.events.spool import Spool
from bff.events.sqlite import SqliteSink

from .made import event, rows


def test_a_file_of_this_host_unless_a_server_is_named(tmp_path: Path) -> None:
    own = sink(tmp_path, days=1)
    assert isinstance(own, SqliteSink)
    own.write([event()])
    own.close()
    with readable(tmp_path, "card", 1, days=1) as file:
        assert rows(file) == 1
    assert isinstance(sink(tmp_path, days=1, postgres="postgresql://127.0.0.1:9/none"), Spool)


def test_a_server_without_its_extra_says_what_to_install(tmp_path: Path) -> None:
    missing = ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
    with (
        patch.object(places, "import_module", side_effect=missing),
        pytest.raises(Uninstalled, match=r"install portico\[postgres\]"),
    ):
        sink(tmp_path, days=1, postgres="postgresql://127.0.0.1/x")
