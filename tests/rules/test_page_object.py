"""The page object gives what a reader meets, and finds what no page may hold."""

from __future__ import annotations

import pytest

from tests.support.page import inline_code, read_page

PAGE = """
<title>Error: Guests</title>
<nav aria-label="Steps"><a href="/one/" aria-current="step"><svg><title>!</title></svg> One</a>
</nav>
<h1>Guests <span>| All</span></h1>
<form id="edit" method="post" action="/save/">
  <label for="id_name">Name <span aria-hidden="true">*</span></label>
  <input type="text" name="name" id="id_name" value="Ada &amp; Co" aria-describedby="id_name_error">
  <div id="id_name_error">Too long.</div>
  <label><input type="checkbox" name="tick" value="a" checked> First</label>
  <label><input type="checkbox" name="tick" value="b"> Second</label>
  <select name="type"><option value="m">Member</option>
    <option value="g" selected>Guest</option></select>
  <fieldset disabled><legend>Locked</legend><input name="locked" value="x"></fieldset>
  <textarea name="message">
two lines</textarea>
  <button name="go" value="save">Save</button>
</form>
<input type="hidden" name="version" value="7" form="edit">
<dl><dt>City</dt><dd><bdi>Turin</bdi></dd></dl>
"""


def test_elements_are_found_by_role_and_name() -> None:
    page = read_page(PAGE)

    assert page.title == "Error: Guests"
    assert page.find("navigation", "Steps").find("link", "One", aria_current="step")
    assert page.find("heading", "Guests | All")
    assert page.find("textbox", "Name").value == "Ada & Co"
    assert page.find("textbox", "Name").described_by == "Too long."
    assert [box.is_checked for box in page.fields("tick")] == [True, False]
    assert page.names("checkbox") == ["First", "Second"]
    assert page.find("group", "Locked").field("locked").is_disabled
    assert page.definition("City").text == "Turin"


def test_a_form_sends_what_a_browser_sends() -> None:
    assert read_page(PAGE).form("edit").sent == [
        ("name", "Ada & Co"),
        ("tick", "a"),
        ("type", "g"),
        ("message", "two lines"),
        ("version", "7"),
    ]


def test_what_is_missing_is_named_with_what_is_there() -> None:
    with pytest.raises(AssertionError, match=r"there are \['Save'\]"):
        read_page(PAGE).find("button", "Delete")


@pytest.mark.rule("SEC-69")
@pytest.mark.parametrize(
    "markup",
    [
        "<style>p {}</style>",
        "<p style='color: red'>x</p>",
        "<b onclick='go()'>x</b>",
        "<script>go()</script>",
        "<a href='JavaScript:go()'>x</a>",
    ],
)
def test_inline_code_is_found(markup: str) -> None:
    assert inline_code(PAGE) == []
    assert len(inline_code(PAGE + markup)) == 1
