"""Read pages by role, name and text; sign a browser in; find barriers and inline code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import lxml.html
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

from guests.models import User

TAG_ROLES = {
    "button": "button",
    "code": "code",
    "dd": "definition",
    "details": "group",
    "dt": "term",
    "fieldset": "group",
    "form": "form",
    "li": "listitem",
    "main": "main",
    "nav": "navigation",
    "ol": "list",
    "option": "option",
    "output": "status",
    "table": "table",
    "td": "cell",
    "textarea": "textbox",
    "time": "time",
    "tr": "row",
    "ul": "list",
} | {f"h{level}": "heading" for level in range(1, 7)}
INPUT_ROLES = {
    "button": "button",
    "checkbox": "checkbox",
    "file": "file",
    "hidden": "",
    "image": "button",
    "number": "spinbutton",
    "radio": "radio",
    "reset": "button",
    "search": "searchbox",
    "submit": "button",
}
"""Roles that HTML gives its elements; a role in the markup goes before them."""
CONTROLS = ("input", "select", "textarea")
SILENT = ("script", "style", "template", "title", "head")
INLINE = (
    *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "i", "kbd", "mark", "q", "s", "samp"),
    *("small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"),
)
"""Elements that stand in a line of text; others start a new one."""
WITHOUT_COMMENTS = lxml.html.HTMLParser(remove_comments=True)


class Element:
    """An element of a page as its reader meets it: by role, name, state and text."""

    def __init__(self, node: Any) -> None:
        """Take an element of lxml."""
        self.node = node

    def __repr__(self) -> str:
        """Give what a failing test shows."""
        return f"<{self.role or self.node.tag} {self.name!r}>"

    def find(self, role: str, name: str | None = None, **conditions: Any) -> Element:
        """Give the only element in here with this role and name; see `find_all`.

        Raises: AssertionError that names what is here with the role.
        """
        found = self.find_all(role, name, **conditions)
        there = [one.name for one in self.find_all(role)]
        assert len(found) == 1, f"{len(found)} of {role} {name or conditions}; there are {there}"
        return found[0]

    def find_all(
        self, role: str, name: str | None = None, *, containing: str = "", **attributes: str
    ) -> list[Element]:
        """Give the elements in here with a role, in their order.

        Takes the accessible name or what it contains, and attributes such as `aria_current`.
        """
        wanted = {key.replace("_", "-"): value for key, value in attributes.items()}
        return [
            element
            for element in self.descendants()
            if element.role == role
            and (name is None or element.name == name)
            and containing in (element.name if containing else "")
            and wanted.items() <= dict(element.node.attrib).items()
        ]

    def names(self, role: str, **conditions: Any) -> list[str]:
        """Give the accessible names of the elements in here with a role."""
        return [element.name for element in self.find_all(role, **conditions)]

    def fields(self, name: str) -> list[Element]:
        """Give the controls of forms with this field name, buttons and hidden ones too."""
        return [one for one in self.descendants() if one.get("name") == name and one.is_control]

    def field(self, name: str) -> Element:
        """Give the only control with this field name."""
        found = self.fields(name)
        assert len(found) == 1, f"{len(found)} fields are named {name}"
        return found[0]

    def values(self, name: str) -> list[str]:
        """Give the values of the controls with this field name, checked or not."""
        return [field.value for field in self.fields(name)]

    def by_id(self, identifier: str) -> Element:
        """Give the element with this id.

        Raises: AssertionError if there is none.
        """
        found = [one for one in self.descendants() if one.get("id") == identifier]
        assert len(found) == 1, f"{len(found)} elements have the id {identifier}"
        return found[0]

    def form(self, identifier: str) -> Form:
        """Give the form with this id."""
        return Form(self.by_id(identifier).node)

    @property
    def forms(self) -> list[Form]:
        """The forms in here, in their order."""
        return [Form(node) for node in self.node.iterdescendants("form")]

    def get(self, attribute: str) -> str:
        """Give an attribute as written, or nothing."""
        return str(self.node.get(attribute) or "")

    def has(self, attribute: str) -> bool:
        """Tell whether the attribute is there, with or without a value."""
        return attribute in self.node.attrib

    @property
    def role(self) -> str:
        """The role that assistive technology is told."""
        tag = self.node.tag
        if explicit := self.get("role"):
            return explicit
        if tag == "a":
            return "link" if self.has("href") else ""
        if tag == "input":
            return INPUT_ROLES.get(self.get("type"), "textbox")
        if tag == "dialog":
            return "dialog" if self.has("open") else ""  # a closed one is not shown
        if tag == "select":
            return "listbox" if self.has("multiple") else "combobox"
        if tag == "th":
            return "rowheader" if self.get("scope") == "row" else "columnheader"
        return TAG_ROLES.get(tag, "")

    @property
    def name(self) -> str:
        """The accessible name: a label, else what stands in the element."""
        page = self.node.getroottree()
        if label := self.get("aria-label"):
            return " ".join(label.split())
        if identifiers := self.get("aria-labelledby").split():
            nodes = [node for one in identifiers for node in page.xpath("//*[@id=$id]", id=one)]
            return " ".join(text_of(node, is_hidden_read=True) for node in nodes)
        if self.node.tag in CONTROLS and self.get("type") not in {"submit", "button"}:
            labels = page.xpath("//label[@for=$id]", id=self.get("id") or "-")
            labels = labels or list(self.node.iterancestors("label"))
            return " ".join(text_of(label) for label in labels) or self.get("placeholder")
        if self.node.tag == "input":
            return self.get("value")
        if self.node.tag in {"details", "fieldset", "table"}:
            captions = self.node.xpath("legend|caption|summary")
            return text_of(captions[0]) if captions else ""
        return text_of(self.node) or self.get("title")

    @property
    def text(self) -> str:
        """What is read in here, on one line, what is hidden left out."""
        return text_of(self.node)

    @property
    def value(self) -> str:
        """What a control would send."""
        if self.node.tag == "textarea":
            # The parser of a browser drops a line break at the start.
            return str(self.node.text or "").removeprefix("\n")
        if self.node.tag == "select":
            options = self.node.xpath(".//option[@selected]") or self.node.xpath(".//option")[:1]
            return Element(options[0]).value if options else ""
        if self.node.tag == "option":
            return self.get("value") if self.has("value") else self.text
        is_box = self.get("type") in {"checkbox", "radio"}
        return self.get("value") if self.has("value") or not is_box else "on"

    @property
    def is_checked(self) -> bool:
        """Whether the box or the radio button is chosen."""
        return self.has("checked")

    @property
    def is_disabled(self) -> bool:
        """Whether the control takes no input, by itself or with its fieldset."""
        return self.has("disabled") or bool(self.node.xpath("ancestor::fieldset[@disabled]"))

    @property
    def is_control(self) -> bool:
        """Whether it is a part of a form with a value."""
        return self.node.tag in (*CONTROLS, "button")

    def error_at(self, name: str) -> str:
        """Give the error that the page shows at a field, nothing if there is none."""
        errors = [one for one in self.descendants() if one.get("id") == f"id_{name}_error"]
        return " ".join(error.text for error in errors)

    @property
    def described_by(self) -> str:
        """What the elements say that the control names as its description: hints and errors."""
        page = self.node.getroottree()
        identifiers = self.get("aria-describedby").split()
        nodes = [node for one in identifiers for node in page.xpath("//*[@id=$id]", id=one)]
        return " ".join(text_of(node) for node in nodes)

    @property
    def addresses(self) -> list[str]:
        """The addresses that links lead to and pictures, scripts and frames come from."""
        nodes = list(self.descendants())
        return [one.get(key) for one in nodes for key in ("href", "src") if one.has(key)]

    @property
    def goes_on_to(self) -> str:
        """Where the page leads by itself, nothing if it stays."""
        refresh = self.node.xpath("//meta[@http-equiv='refresh']")
        return refresh[0].get("content").partition("url=")[2] if refresh else ""

    @property
    def title(self) -> str:
        """The title of the page, as the browser's tab shows it."""
        return " ".join("".join(self.node.xpath("//head/title/text()")).split())

    def columns(self) -> list[str]:
        """Give the headings of the columns of tables; the one over check boxes has no name."""
        return [name for name in self.names("columnheader") if name]

    def column(self, heading: str) -> list[str]:
        """Give what stands under a heading of the table in here, from the top.

        Without a table, as in an empty list, nothing stands there.
        """
        headings = self.names("columnheader")
        if not headings:
            return []
        place = headings.index(heading)
        rows = [row.cells for row in self.find_all("row")]
        return [cells[place].text for cells in rows[1:] if len(cells) == len(headings)]

    def definition(self, term: str) -> Element:
        """Give what stands beside a term of a list of facts."""
        node = self.find("term", term).node.getnext()
        assert node is not None, f"nothing stands beside {term}"
        return Element(node)

    @property
    def cells(self) -> list[Element]:
        """The cells of a row, its headers among them."""
        return [Element(node) for node in self.node.xpath("th|td")]

    def descendants(self) -> Iterator[Element]:
        """Give all elements in here, in the order of the page."""
        return (Element(node) for node in self.node.iterdescendants(lxml.etree.Element))


class Form(Element):
    """A form: what a browser would send of it."""

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Names and values of what a browser sends, without buttons."""
        identifier = self.get("id")
        return [
            (one.get("name"), one.value)
            for one in Element(self.node.getroottree().getroot()).descendants()
            if one.node.tag in CONTROLS
            and one.has("name")
            and not one.is_disabled
            and one.get("type") not in {"submit", "button", "image", "file"}
            and (one.is_checked or one.get("type") not in {"checkbox", "radio"})
            and (
                one.get("form") == identifier
                if one.has("form")
                else self.node in one.node.iterancestors("form")
            )
        ]

    def submit(self, client: Client, page: str = "", **changes: Any) -> Any:
        """Send the form as a browser does, with fields changed and the pressed button added.

        Takes the address of the page for a form without an action. Gives the answer.
        """
        values: dict[str, Any] = {}
        for name, value in self.sent:
            values.setdefault(name, []).append(value)
        url = urlsplit(self.get("action") or page)
        path = f"{url.path}?{url.query}" if url.query else url.path
        send = client.post if self.get("method").lower() == "post" else client.get
        return send(path, values | changes)


def text_of(node: Any, *, is_hidden_read: bool = False) -> str:
    """Fold what stands in a node into one line; pictures give their alternative text."""
    return " ".join("".join(_texts(node, is_hidden_read)).split())


def _texts(node: Any, is_hidden_read: bool) -> Iterator[str]:
    is_hidden = node.get("aria-hidden") == "true" or "hidden" in node.attrib
    if node.tag in SILENT or (is_hidden and not is_hidden_read):
        return
    space = "" if node.tag in INLINE else " "
    yield space + (node.get("alt") or node.text or "")
    for child in node:
        if isinstance(child.tag, str):
            yield from _texts(child, is_hidden_read)
        yield child.tail or ""
    yield space


def read_page(answer: Any) -> Element:
    """Read an answer of the portal, or its markup."""
    markup = answer if isinstance(answer, str) else answer.content.decode()
    return Element(lxml.html.document_fromstring(markup or "<html>", WITHOUT_COMMENTS))


def markup(answer: Any) -> str:
    """Give the markup of an answer."""
    return str(answer.content.decode())


def words(answer: Any) -> str:
    """What a reader sees of an answer: its text, without tags, on one line."""
    return " ".join(" ".join(read_page(answer).node.itertext("*")).split())


def inline_code(page: str) -> list[str]:
    """Inline scripts, styles and handlers in a page; none is allowed (SEC-69)."""
    return [
        f"<{element.node.tag} {dict(element.node.attrib)}>"
        for element in read_page(page).descendants()
        if element.node.tag == "style"
        or (element.node.tag == "script" and not element.has("src"))
        or any(
            attribute == "style" or attribute.startswith("on") or "javascript:" in value.lower()
            for attribute, value in element.node.attrib.items()
        )
    ]


def sign_in(context: Any, url: str, user: User) -> None:
    """Give a Playwright context the session of `user` on the portal at `url`."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])


AT_REST = """() => Promise.allSettled(document.getAnimations()
    .filter((one) => one.effect.getTiming().iterations !== Infinity).map((one) => one.finished))"""


def barriers(page: Any) -> list[str]:
    """What axe finds serious or critical on a page, one line each.

    Panes and notices fade in; colors are judged when they have arrived.
    """
    page.evaluate(AT_REST)
    results = Axe().run(page)
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in results.response["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def console_errors(page: Any) -> list[str]:
    """A list that fills with what the page complains about: CSP reports, script errors."""
    seen: list[str] = []
    page.on("console", lambda m: seen.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    return seen
