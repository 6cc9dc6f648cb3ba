"""Address forms by country: fields, their order and names, what is right, and how an address is written."""

from __future__ import annotations

import functools
import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.ports import Address
from bff.web.forms import Wrong
from bff.web.postal import (
    PARTS,
    PostalForm,
    address_lines,
    ascii_digits,
    blank_address,
    read_address,
    refused,
    values,
)
from bff.web.postal_rules import all_countries, country_names


def form(country: str, locale: str = "en-GB") -> PostalForm:
    return blank_address("shipping", countries=(country,), country=country, locale=locale)


def rows(found: PostalForm) -> list[list[str]]:
    return [[view.field.name.partition(".")[2] for view in row] for row in found.rows]


def sent(country: str, locale: str = "en-GB", **typed: str) -> PostalForm:
    posted = {"shipping.country": country, **{f"shipping.{name}": value for name, value in typed.items()}}
    return read_address("shipping", posted, countries=(country,), country=country, locale=locale)


def wrong(found: PostalForm) -> dict[str, str | None]:
    return {view.field.name.partition(".")[2]: view.wrong.key for view in found.form.wrong if view.wrong}


NAMED = {"first_name": "Ada", "last_name": "Byron", "line1": "1 High St"}


@pytest.mark.parametrize(
    ("country", "locale", "expected"),
    [
        ("GB", "en-GB", [["first_name", "last_name"], ["line1"], ["city", "postcode"], ["phone"]]),
        ("DE", "de-DE", [["first_name", "last_name"], ["line1"], ["postcode", "city"], ["phone"]]),
        ("US", "en-US", [["first_name", "last_name"], ["line1"], ["city", "region", "postcode"], ["phone"]]),
        ("AE", "ar-AE", [["first_name", "last_name"], ["line1"], ["region"], ["phone"]]),
        ("JP", "ja-JP", [["last_name", "first_name"], ["postcode"], ["region"], ["line1"], ["phone"]]),
    ],
)
def test_fields_stand_in_the_country_s_order(country: str, locale: str, expected: list[list[str]]) -> None:
    assert rows(form(country, locale)) == expected


def test_fields_are_called_what_the_country_calls_them() -> None:
    labels = {
        code: {v.field.name.partition(".")[2]: v.label for row in form(code).rows for v in row}
        for code in ("US", "IE", "AE", "GB")
    }
    assert (labels["US"]["region"], labels["US"]["postcode"]) == ("field.state", "field.zip")
    assert (labels["IE"]["region"], labels["IE"]["postcode"]) == ("field.county", "field.eircode")
    assert (labels["AE"]["region"], labels["GB"]["city"]) == ("field.emirate", "field.town")


def test_browsers_can_fill_them_in() -> None:
    fields = form("US").form.fields
    assert fields["shipping.line1"].field.autocomplete == "shipping address-line1"
    assert fields["shipping.region"].field.autocomplete == "shipping address-level1"
    assert fields["shipping.postcode"].field.inputmode == "numeric"
    assert form("GB").form.fields["shipping.postcode"].field.inputmode is None


def test_regions_are_named_in_the_shopper_s_script() -> None:
    def names(locale: str) -> set[str]:
        return {choice.label for choice in form("AE", locale).form.fields["shipping.region"].field.choices}

    assert "Dubai" in names("en-AE")
    assert "Dubai" in names("de-DE")
    assert "دبي" in names("ar-AE")
    assert "Dubai" not in names("ar-AE")
    assert len(names("ar-AE")) == len(names("en-AE")) == 7


def test_what_is_required_is_asked_for() -> None:
    assert wrong(sent("GB")) == dict.fromkeys(
        ("first_name", "last_name", "line1", "city", "postcode"), "error.required"
    )
    assert wrong(sent("AE")) == dict.fromkeys(("first_name", "last_name", "line1", "region"), "error.required")


@pytest.mark.parametrize(
    ("country", "postcode", "region", "right"),
    [
        ("GB", "sw1y 4jh", "", True),
        ("GB", "SW1Y4JH", "", True),
        ("GB", "12345", "", False),
        ("DE", "10405", "", True),
        ("DE", "1040", "", False),
        ("DE", "١٠٤٠٥", "", True),
        ("US", "95014", "CA", True),
        ("US", "95014-1234", "CA", True),
        ("US", "95014", "NY", False),
        ("US", "10405x", "NY", False),
    ],
)
def test_postcodes(country: str, postcode: str, region: str, right: bool) -> None:
    found = sent(country, **NAMED, city="Town", postcode=postcode, region=region)
    assert wrong(found) == ({} if right else {"postcode": "error.postcode"})
    assert (found.address is not None) == right


def test_a_postcode_is_kept_as_it_is_written() -> None:
    found = sent("GB", **NAMED, city="London", postcode=" sw1y  4jh ")
    assert found.address
    assert found.address.postcode == "SW1Y 4JH"


def test_arabic_digits_are_read() -> None:
    assert ascii_digits("٠٥٠ ۱۲۳ ４5") == "050 123 45"
    found = sent(
        "AE", "ar-AE", first_name="ليلى", last_name="الحسن", line1="شارع ١٢", region="عجمان", phone="٠٥٠١٢٣٤٥٦٧"
    )
    assert found.address
    assert found.address.phone == "0501234567"
    assert found.address.line1 == "شارع ١٢", "what one writes is one's own"
    assert found.address.city == "عجمان", "an emirate stands for the town"


def test_another_country_keeps_what_was_typed_and_blames_nothing() -> None:
    posted = {"shipping.country": "US", "shipping.first_name": "Ada", "shipping.postcode": "SW1Y 4JH"}
    found = read_address("shipping", posted, countries=("GB", "US"), country="GB", locale="en-GB", judged=False)
    assert found.country.value == "US"
    assert found.form.wrong == ()
    assert found.form.fields["shipping.postcode"].value == "SW1Y 4JH"


@pytest.mark.parametrize("code", ["FR", "ZZ", "gb", "", "\x00", "GB' --", "x" * 999])
def test_a_country_that_is_not_offered(code: str) -> None:
    posted = {"shipping.country": code, **{f"shipping.{k}": v for k, v in NAMED.items()}}
    found = read_address("shipping", posted, countries=("GB", "DE"), country="GB", locale="en-GB")
    assert found.country.value == "GB"
    assert found.address is None
    assert ("country" in wrong(found)) == bool(code)


def test_messages_found_later_stand_at_their_field() -> None:
    found = refused(sent("GB", **NAMED, city="X", postcode="SW1Y 4JH"), {"shipping.company": Wrong(text="no")})
    assert found.open
    assert found.rare[0].wrong == Wrong(text="no")
    assert found.address is None


def test_every_country_has_a_form() -> None:
    for code in all_countries():
        for locale in ("en-GB", "ar-AE"):
            found = form(code, locale)
            if found.country.value:
                assert "line1" in functools.reduce(operator.iadd, rows(found), []), code
                assert 1 <= found.fold <= len(found.rows)
    assert len(all_countries()) > 200


def test_countries_are_in_the_order_of_their_names() -> None:
    names = [name for _, name in country_names(("AX", "ZW", "AT", "EG"), "de-DE")]
    assert names == ["Ägypten", "Ålandinseln", "Österreich", "Simbabwe"]
    assert country_names(("QQ", "GB", "GB"), "en-GB") == (("GB", "United Kingdom"),)


def test_an_address_is_written_as_its_country_does() -> None:
    german = Address(
        country="DE", first_name="Käthe", last_name="Kollwitz", line1="Weg 5", city="Berlin", postcode="10405"
    )
    assert address_lines(german, "de-DE", home="DE") == ("Käthe Kollwitz", "Weg 5", "10405 Berlin")
    assert address_lines(german, "en-GB", home="GB")[-1] == "Germany"
    american = Address(country="US", line1="1 Loop", line2="Flat 2", city="Cupertino", region="CA", postcode="95014")
    assert address_lines(american, "en-US", home="US") == ("1 Loop", "Flat 2", "Cupertino, CA 95014")


@given(st.dictionaries(st.sampled_from([f"shipping.{part}" for part in (*PARTS, "country")]), st.text(max_size=300)))
def test_nothing_typed_breaks_it(posted: dict[str, str]) -> None:
    found = read_address("shipping", posted, countries=("GB", "US", "AE"), country="GB", locale="ar-AE")
    assert (found.address is None) == bool(found.form.wrong)
    if found.address:
        again = values("shipping", found.address)
        assert (
            read_address(
                "shipping",
                {**again, "shipping.country": found.address.country},
                countries=("GB", "US", "AE"),
                country="GB",
                locale="ar-AE",
            ).address
            == found.address
        )


@given(st.sampled_from(("GB", "US", "AE", "JP", "QQ", "")), *[st.none() | st.text(max_size=40)] * 3)
def test_any_address_can_be_written(country: str, line1: str | None, city: str | None, region: str | None) -> None:
    for line in address_lines(Address(country=country, line1=line1, city=city, region=region), "de-DE"):
        assert line.strip()
