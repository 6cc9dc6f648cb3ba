"""Addresses of pictures: signed by the store, of allowed origins, in fixed widths and formats, and nothing else opens."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.pictures.addresses import ROOT, WIDTHS, Addresses, Wanted
from bff.pictures.settings import PictureSettings, advice, check_pictures, networks, origin, permitted, written
from bff.ports import Image, ImageSource, Misconfigured

CDN = "https://cdn.example"
FORMATS = ("avif", "webp", "jpg")
NEW, OLD = b"n" * 32, b"o" * 32
ADDRESSES = Addresses([CDN], [NEW, OLD], FORMATS)
RAW = Image(url=f"{CDN}/a b/Größe.jpg?v=1", alt="A mug")


def below(address: str) -> str:
    assert address.startswith(ROOT)
    return address[len(ROOT) :]


def test_a_raw_picture_gets_sources_and_a_fallback_that_open() -> None:
    found = ADDRESSES.image(RAW)
    assert [source.type for source in found.sources] == ["image/avif", "image/webp"]
    assert (found.alt, found.width) == ("A mug", None)
    url = f"{CDN}/a%20b/Gr%C3%B6%C3%9Fe.jpg?v=1"
    assert ADDRESSES.opened(below(found.url)) == Wanted(url, 640, "jpg")
    for source in found.sources:
        assert source.widths == WIDTHS
        for width in source.widths:
            opened = ADDRESSES.opened(below(source.url.replace("{width}", str(width))))
            assert opened == Wanted(url, width, source.type.removeprefix("image/"))


def test_widths_end_with_the_first_that_shows_all_of_it() -> None:
    def widths(width: int) -> tuple[int, ...]:
        return ADDRESSES.image(Image(url=f"{CDN}/a", width=width, height=9)).sources[0].widths

    assert [widths(n)[-1] for n in (10, 320, 321, 700, 5_000)] == [320, 320, 640, 960, 1920]


@pytest.mark.parametrize(
    "image",
    [
        Image(url="https://elsewhere.example/a.jpg"),
        Image(url="http://cdn.example/a.jpg"),
        Image(url="https://cdn.example:8443/a.jpg"),
        Image(url="https://cdn.example.evil.example/a.jpg"),
        Image(url="https://cdn.example@evil.example/a.jpg"),
        Image(url="https://user@cdn.example/a.jpg"),
        Image(url="https://evil.example\\@cdn.example/a.jpg"),
        Image(url="/static/pictures/mug.webp"),
        Image(url="data:image/png;base64,AAAA"),
        Image(url="file:///etc/passwd"),
        Image(url=f"{CDN}/" + "a" * 1_500),
        Image(url=f"{CDN}/{{width}}/a.jpg"),
        Image(url=f"{CDN}/a.jpg", sources=(ImageSource(type="image/webp", url=f"{CDN}/{{width}}", widths=(9,)),)),
    ],
    ids=lambda image: image.url[:50],
)
def test_what_is_from_elsewhere_or_comes_in_sizes_is_left_as_it_is(image: Image) -> None:
    assert ADDRESSES.image(image) is image
    if not image.sources and "{" not in image.url:
        assert ADDRESSES.address(image.url) is None


def test_one_origin_has_one_form() -> None:
    assert origin("HTTPS://CDN.Example:443/a#b") == CDN
    assert written("https://bücher.example/ü") == "https://xn--bcher-kva.example/%C3%BC"
    assert written("http://[::1]:80/a") == "http://[::1]/a"
    assert written("https://cdn.example/%2E%2e/a%20b") == "https://cdn.example/%2E%2e/a%20b"


def test_no_width_format_or_signature_but_ours_opens() -> None:
    path = below(ADDRESSES.image(RAW).url)
    signature, _, rest = path.split("/")
    token = rest.removesuffix(".jpg")
    assert ADDRESSES.opened(path)
    for tampered in (
        f"{signature}/641/{rest}",
        f"{signature}/99999/{rest}",
        f"{signature}/640/{token}.png",
        f"{signature}/640/{token}.svg",
        f"{signature}/640/{token}",
        f"{signature}/٦٤٠/{rest}",
        f"{signature[::-1]}/640/{rest}",
        f"{'A' * 22}/640/{rest}",
        f"{signature}/640/{token}A.jpg",
        f"{signature}/640/{token[:-1]}.jpg",
        f"{signature}/640/{token}=.jpg",
        f"{signature}/640/../{rest}",
        f"{path}/",
        "",
    ):
        assert ADDRESSES.opened(tampered) is None, tampered


@given(st.text(max_size=200))
def test_no_path_breaks_it(path: str) -> None:
    assert ADDRESSES.opened(path) is None


@given(st.text(max_size=100))
def test_no_address_breaks_it(rest: str) -> None:
    for text in (rest, f"https://{rest}", f"{CDN}/{rest}"):
        found = written(text)
        assert found is None or (found.isascii() and written(found) == found)


def test_keys_are_changed_without_breaking_what_was_sent_before() -> None:
    before = Addresses([CDN], [OLD], FORMATS).image(RAW).url
    assert before != ADDRESSES.image(RAW).url
    assert ADDRESSES.opened(below(before))
    assert Addresses([CDN], [NEW], FORMATS).opened(below(before)) is None


def test_an_origin_that_is_not_allowed_any_more_and_a_format_that_cannot_be_made_do_not_open() -> None:
    path = below(ADDRESSES.image(RAW).sources[0].url.replace("{width}", "320"))
    assert ADDRESSES.opened(path)
    assert Addresses(["https://other.example"], [NEW], FORMATS).opened(path) is None
    assert Addresses([CDN], [NEW], ("webp", "jpg")).opened(path) is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "2001:0:7f00:1::",
    ],
)  # fmt: skip
def test_no_private_address_may_be_connected_to(address: str) -> None:
    assert not permitted(ip_address(address), ())


def test_public_addresses_and_named_networks_may() -> None:
    assert permitted(ip_address("93.184.215.14"), ())
    assert permitted(ip_address("2606:2800:21f::1"), ())
    own = networks(["10.0.0.0/8", "fd00::/8"])
    assert permitted(ip_address("10.9.9.9"), own)
    assert permitted(ip_address("::ffff:10.9.9.9"), own)
    assert permitted(ip_address("fd12::1"), own)
    assert not permitted(ip_address("11.0.0.1"), networks(["10.0.0.0/8"])) or ip_address("11.0.0.1").is_global
    assert not permitted(ip_address("192.168.0.1"), own)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (PictureSettings(origins=("cdn.example",)), "pictures.origins"),
        (PictureSettings(origins=("https://cdn.example/photos",)), "pictures.origins"),
        (PictureSettings(origins=("ftp://cdn.example",)), "pictures.origins"),
        (PictureSettings(private=("10.0.0",)), "pictures.private"),
    ],
)
def test_wrong_settings_are_named(settings: PictureSettings, key: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        check_pictures(settings, "portico.toml")
    assert caught.value.key == key
    assert caught.value.fix


def test_a_private_origin_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    at = ("http://127.0.0.1:9000", "https://cdn.example")
    (told,) = advice(PictureSettings(), at, development=False)
    assert "http://127.0.0.1:9000" in told
    assert "private" in told
    assert not [*advice(PictureSettings(), at, development=True)]
    assert not [*advice(PictureSettings(private=("127.0.0.1",)), at, development=False)]
    monkeypatch.setattr("bff.pictures.settings.find_spec", lambda name: None)
    (told,) = advice(PictureSettings(), at, development=True)
    assert "Pillow is not installed" in told
    assert not [*advice(PictureSettings(proxy=False), at, development=True)]
    assert not [*advice(PictureSettings(), (), development=True)]
