"""What of a page is another than in the control: the smallest regions, and nothing else."""

from __future__ import annotations

import re

import pytest

from bff.rendering.differing import anchored, differing


def page(main: str) -> str:
    head = '<!doctype html><html><head><title>t</title></head><body class="a"><header><p>x</p></header>'
    return f"{head}<main>{main}</main></body></html>"


def marked(before: str, after: str) -> list[str]:
    text, count = differing(page(before), page(after))
    found = re.findall(r"<(\w+) data-differs", text)
    assert count == len(found)
    assert text.replace(" data-differs", "") == page(after)
    return found


@pytest.mark.parametrize(
    ("before", "after", "regions"),
    [
        ("<p>a</p>", "<p>a</p>", []),
        ("<p>a</p><p>b</p>", "<p>a</p><p>c</p>", ["p"]),
        ("<ul><li>a</li><li>b</li></ul>", "<ul><li>a</li><li>new</li><li>b</li></ul>", ["li"]),
        ("<ul><li>a</li><li>b</li></ul>", "<ul><li>a</li></ul>", ["ul"]),
        ("<div><p>a</p><em>b</em></div>", "<div><p>a</p><strong>b</strong></div>", ["strong"]),
        ('<section class="a"><p>a</p></section>', '<section class="b"><p>a</p></section>', ["section"]),
        ("<div><img src=a><p>b</p></div>", "<div><img src=b><p>b</p></div>", ["img"]),
        ("<div>a<br>b</div>", "<div>a<br>c</div>", ["div"]),
        ("<p>a</p>", "<section><p>b</p></section><p>a</p>", ["section"]),
        ("<p>a</p>", "<script>1</script><p>a</p>", []),
        ("<svg><path d='a'/></svg>", "<svg><path d='b'/></svg>", []),
        ("<p title='1 > 0'>a</p><p>x</p>", "<p title='1 > 0'>a</p><p>y</p>", ["p"]),
        ("<p>a &amp; b</p>", "<p>a &lt; b</p>", ["p"]),
        ("<p>a\n\n  b</p>", "<p>a b</p>", []),
        ("</div><p>a</p>", "</div><p>b</p>", ["p"]),
    ],
)
def test_regions(before: str, after: str, regions: list[str]) -> None:
    assert marked(before, after) == regions


def test_lines_and_characters_beyond_ascii_are_counted_right() -> None:
    before, after = (
        page("<p>ä\n€</p>\r\n<b>a</b>\n<i>ملف</i><u>a</u>"),
        page("<p>ä\n€</p>\r\n<b>a</b>\n<i>ملف</i><u>b</u>"),
    )
    assert "<u data-differs>b</u>" in differing(before, after)[0]


def test_very_deep_documents() -> None:
    deep = "<div>" * 800
    assert differing(deep + "a", deep + "a")[1] == 0
    assert differing(deep, "")[0] == ""


@pytest.mark.parametrize(
    ("own", "address", "page"),
    [
        ('<p data-differs class="a > b">x</p>', "#differs", '<p data-differs id="differs" class="a > b">x</p>'),
        ('<i></i><p data-differs data-id="y" id="x">', "#x", '<i></i><p data-differs data-id="y" id="x">'),
        (
            "<p data-differs>a</p><p data-differs>b</p>",
            "#differs",
            '<p data-differs id="differs">a</p><p data-differs>b</p>',
        ),
        ("<p>data-differs</p>", None, "<p>data-differs</p>"),
    ],
)
def test_the_first_region_can_be_jumped_to(own: str, address: str | None, page: str) -> None:
    assert anchored(own) == (page, address)
