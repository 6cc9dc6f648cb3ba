"""Building the database: once, again when the files changed, and clear words when they are wrong."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
from pathlib import Path

import pytest

import adapters.embedded
from adapters.embedded import texts
from adapters.embedded.database import Database, meta, set_meta
from adapters.embedded.documents import BlockDoc
from adapters.embedded.markdown import blocks, plain
from adapters.embedded.settings import Settings
from bff.ports import Misconfigured

DEMO = Path(adapters.embedded.__file__).parent / "demo"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "catalogue"
    shutil.copytree(DEMO, copy)
    return copy


def prepare(settings: Settings) -> None:
    database = Database(settings)
    database.prepare()
    database.close()


def prepare_with(path: str) -> None:
    prepare(Settings(database=path))


def rows(settings: Settings, statement: str) -> list[tuple]:
    connection = sqlite3.connect(settings.database)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_several_processes_starting_together_build_it_once(tmp_path):
    path = str(tmp_path / "var" / "store.sqlite")
    start = multiprocessing.get_context("spawn")
    processes = [start.Process(target=prepare_with, args=(path,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert rows(Settings(database=path), "SELECT value FROM meta WHERE key = 'catalogue_version'") == [("1",)]


def test_changed_files_are_read_again_and_carts_stay(tmp_path, folder):
    settings = Settings(database=str(tmp_path / "store.sqlite"), catalogue=str(folder))
    prepare(settings)
    connection = sqlite3.connect(settings.database)
    connection.execute(
        "INSERT INTO cart (id, market, currency, language, created, updated) VALUES ('c', 'gb', 'GBP', 'en', '', '')"
    )
    connection.commit()
    connection.close()
    prepare(settings)
    assert rows(settings, "SELECT value FROM meta WHERE key = 'catalogue_version'") == [("1",)]
    brands = folder / "brands.toml"
    brands.write_text(brands.read_text().replace('name = "Lowtide"', 'name = "Hightide"', 1))
    prepare(settings)
    assert rows(settings, "SELECT value FROM meta WHERE key = 'catalogue_version'") == [("2",)]
    assert ("Hightide",) in rows(settings, "SELECT name FROM brand")
    assert rows(settings, "SELECT id FROM cart") == [("c",)]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('sku = "HMUG"', 'sku = "HMUG"\ncolour = "red"', "unknown colour"),
        ('category = "cups"', 'category = "cupps"', "no category is called cupps"),
        ('brand = "lowtide"', 'brand = "hightide"', "no brand is called hightide"),
        ('id = "harbour-mug"\n', "", "'id' is missing"),
        ('GBP = "18.00"', 'GBP = "eighteen"', "ConversionSyntax"),
        ('related = ["harbour-jug"', 'related = ["harbour-jog"', "harbour-jog"),
        ('size = ["small", "large"]', 'size = ["small", "huge"]', "option size has no value huge"),
        ("days_ago = 320", "days_ago =", "table.toml"),
    ],
)
def test_a_mistake_names_its_file_and_the_thing(tmp_path, folder, before, after, says):
    file = folder / "products" / "table.toml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    with pytest.raises(Misconfigured) as wrong:
        prepare(Settings(database=str(tmp_path / "store.sqlite"), catalogue=str(folder)))
    assert says in str(wrong.value)
    assert "products" in str(wrong.value)


def test_a_failed_build_leaves_the_last_catalogue(tmp_path, folder):
    settings = Settings(database=str(tmp_path / "store.sqlite"), catalogue=str(folder))
    prepare(settings)
    before = rows(settings, "SELECT count(*) FROM product")
    reviews = folder / "menus.toml"
    reviews.write_text(reviews.read_text().replace('to = "category:table"', 'to = "category:gone"', 1))
    with pytest.raises(Misconfigured, match="category:gone"):
        prepare(settings)
    assert rows(settings, "SELECT count(*) FROM product") == before


def test_an_imported_catalogue_is_never_seeded_over(tmp_path):
    settings = Settings(database=str(tmp_path / "store.sqlite"))
    prepare(settings)
    connection = sqlite3.connect(settings.database, isolation_level=None)
    set_meta(connection, source="import", seed="other")
    connection.execute("DELETE FROM product")
    prepare(settings)
    assert rows(settings, "SELECT count(*) FROM product") == [(0,)]
    set_meta(connection, schema="older")
    with pytest.raises(Misconfigured, match="import the catalogue again"):
        prepare(settings)
    assert meta(connection, "source") == "import"
    connection.close()


def test_settings_that_cannot_work(tmp_path):
    (tmp_path / "file").write_text("")
    for settings in (
        Settings(database=str(tmp_path / "file" / "store.sqlite")),
        Settings(database=str(tmp_path / "store.sqlite"), catalogue=str(tmp_path / "nowhere")),
    ):
        with pytest.raises(Misconfigured):
            prepare(settings)
    with pytest.raises(Misconfigured, match="make pictures"):
        Database(Settings(pictures_manifest=str(tmp_path / "nothing.json")))


def test_every_text_is_in_three_languages(settings):
    for table, key in (("product_text", "product_n"), ("category_text", "category_id"), ("entry_text", "entry_id")):
        lacking = rows(
            settings,
            f"SELECT {key} FROM {table} GROUP BY {key} HAVING sum(language IN ('en', 'de', 'ar')) < 3",
        )
        assert lacking == []


def test_slugs_and_languages():
    assert texts.slugify("Größe & Öl, süß", "de") == "groesse-oel-suess"
    assert texts.slugify("Café “Crème”", "en") == "cafe-creme"
    assert texts.slugify("كُوب المَرفأ", "ar") == "كوب-المرفأ"
    assert texts.chain("en-US", "en") == ("en-US", "en")
    assert texts.pick({"en": "colour", "en-US": "color"}, ("en-US", "en")) == "color"
    assert texts.pick({"fr": "couleur"}, ("de", "en")) == "couleur"
    assert texts.figure("2.5 kg", ("de",)) == "2,5 kg"
    assert texts.figure("Sheffield 4", ("ar",)) == "Sheffield 4"


def test_markdown():
    made = blocks(
        "## Care\n\nOne *soft* **cloth**, [see](page:care) & <b>\n\n- a\n- b\n\n> said\n\n![A kiln](picture:kiln)\n\nEnd",
        lambda target: "/pages/" + target.partition(":")[2],
    )
    assert [type(block) for block in made] == [BlockDoc] * 3
    assert made[0].html == (
        '<h2>Care</h2><p>One <em>soft</em> <strong>cloth</strong>, <a href="/pages/care">see</a> &amp; &lt;b&gt;</p>'
        "<ul><li>a</li><li>b</li></ul><blockquote><p>said</p></blockquote>"
    )
    assert made[1].picture is not None
    assert (made[1].picture.scene, made[1].picture.alt) == ("kiln", {"": "A kiln"})
    assert plain(made[0].html).startswith("Care One soft cloth , see & <b> a b said")
