"""The people of the demo: three organizations, 146 users of Contoso.

Pure: names and numbers; `portal.demo.data.seed` writes them. The same people come out every time.
"""

from __future__ import annotations

import itertools
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from portal.permissions import Role

PASSWORD_VARIABLE = "PORTAL_DEMO_PASSWORD"  # noqa: S105  # nosec B105


@dataclass(frozen=True)
class Person:
    """A member of a demo tenant."""

    name: str
    address: str
    roles: tuple[Role, ...] = ()
    job_title: str = ""
    department: str = ""


def demo_password() -> str:
    """The one password of all demo accounts, drawn on the first start (SEC-100)."""
    return os.environ[PASSWORD_VARIABLE]


@dataclass(frozen=True)
class InvitedPerson:
    """A guest of Contoso: where they sign in, and whether they accepted."""

    name: str
    address: str
    issuer: str
    has_accepted: bool


GA, UA, GI = Role.GLOBAL_ADMINISTRATOR, Role.USER_ADMINISTRATOR, Role.GUEST_INVITER
SA, GR, HA = Role.SECURITY_ADMINISTRATOR, Role.GLOBAL_READER, Role.HELPDESK_ADMINISTRATOR

CONTOSO_MEMBERS = (
    Person(
        "Grace Nakamura",
        "grace.nakamura@contoso.com",
        (GA,),
        "IT manager",
        "IT",
    ),
    Person("Chidi Eze", "chidi.eze@contoso.com", (UA,), "Service desk lead", "IT"),
    Person("Amara Okafor", "amara.okafor@contoso.com", (GI,), "Buyer", "Purchasing"),
    Person("Ingrid Solberg", "ingrid.solberg@contoso.com", (SA,), "Security analyst", "IT"),
    Person("Hiroshi Tanaka", "hiroshi.tanaka@contoso.com", (GR,), "Auditor", "Finance"),
    Person("Liam O’Connor", "liam.oconnor@contoso.com", (HA,), "Support engineer", "IT"),
    Person("João Pereira", "joao.pereira@contoso.com", (), "Buyer", "Purchasing"),
    Person("Katarzyna Nowak", "katarzyna.nowak@contoso.com", (), "Project lead", "Engineering"),
    Person("Mateo García", "mateo.garcia@contoso.com", (), "Engineer", "Engineering"),
    Person("Nadia Rahman", "nadia.rahman@contoso.com", (), "Lawyer", "Legal"),
    Person("Oskar Virtanen", "oskar.virtanen@contoso.com", (), "Engineer", "Engineering"),
    Person("Paula Schneider", "paula.schneider@contoso.com", (), "Controller", "Finance"),
    Person("Quentin Dubois", "quentin.dubois@contoso.com", (), "Planner", "Logistics"),
    Person("Rosa Jiménez", "rosa.jimenez@contoso.com", (), "Trainer", "Human resources"),
    Person("Sanna Mäkinen", "sanna.makinen@contoso.com", (), "Designer", "Engineering"),
    Person("Tomasz Zieliński", "tomasz.zielinski@contoso.com", (), "Driver", "Logistics"),
    Person("Uma Krishnan", "uma.krishnan@contoso.com", (), "Data analyst", "Finance"),
    Person("Viktor Hansen", "viktor.hansen@contoso.com", (), "Buyer", "Purchasing"),
)
FABRIKAM_ADMINISTRATOR = Person(
    "Adele Vance", "adele.vance@fabrikam.com", (GA,), "IT manager", "IT"
)
WINGTIP_ADMINISTRATOR = Person(
    "Diego Siciliani",
    "diego@wingtiptoys.onmicrosoft.com",
    (GA,),
    "Owner",
    "Office",
)
OPERATOR = Person("Operator", "operator@platform")


PARTS = {
    "grace.nakamura@contoso.com": "Global Administrator of Contoso, codes on",
    "chidi.eze@contoso.com": "User Administrator of Contoso",
    "amara.okafor@contoso.com": "Guest Inviter of Contoso",
    "hiroshi.tanaka@contoso.com": "Global Reader of Contoso",
    "adele.vance@fabrikam.com": "Global Administrator of Fabrikam, never touched",
    "diego@wingtiptoys.onmicrosoft.com": "Global Administrator of Wingtip Toys, codes off",
    "operator@platform": "Operator, Django admin at /operations/",
}
"""Who is printed in the terminal, and as what."""

ORGANIZATION, PERSONAL, GOOGLE, PASSCODE = (
    "ExternalAzureAD",
    "MicrosoftAccount",
    "google.com",
    "mail",
)
USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/19.2 Mobile/15E148 Safari/604.1",
)
"""Browsers of the guests."""
FEDERATION_ISSUER = "https://signin.litware.com/saml"

KNOWN_GUESTS = (
    InvitedPerson("Anders Lindqvist", "anders.lindqvist@fabrikam.com", ORGANIZATION, True),
    InvitedPerson("Elif Demir", "elif.demir@fabrikam.com", ORGANIZATION, False),
    InvitedPerson("Beatriz Carvalho", "bea.carvalho@gmail.com", GOOGLE, True),
    InvitedPerson("Carlos Mendez", "carlos.mendez@gmail.com", GOOGLE, False),
    InvitedPerson("Daniela Rossi", "daniela.rossi@wingtiptoys.com", PASSCODE, True),
    InvitedPerson("Emre Yılmaz", "emre.yilmaz@wingtiptoys.com", PASSCODE, True),
    InvitedPerson("Fatou Diallo", "fatou.diallo@wingtiptoys.com", PASSCODE, True),
    InvitedPerson("Julie Moreau", "julie.moreau@wingtiptoys.com", PASSCODE, False),
    InvitedPerson("Ivan Petrov", "ivan.petrov@wingtiptoys.com", PASSCODE, False),
    InvitedPerson("Bjørn Hansen", "bjorn.hansen@wingtiptoys.com", PASSCODE, False),
    InvitedPerson("Aditi Sharma", "aditi.sharma@wingtiptoys.com", PASSCODE, False),
    InvitedPerson("Hana Suzuki", "hana.suzuki@outlook.com", PERSONAL, True),
    InvitedPerson("Farah Haddad", "farah.haddad@outlook.com", PERSONAL, False),
    InvitedPerson("Gustav Berg", "gustav.berg@litware.com", FEDERATION_ISSUER, True),
)

GROUPS = (
    ("fabrikam.com", ORGANIZATION, 54),
    ("outlook.com", PERSONAL, 21),
    ("gmail.com", GOOGLE, 12),
    ("litware.com", FEDERATION_ISSUER, 4),
    ("wingtiptoys.com", PASSCODE, 34),
    ("proseware.com", PASSCODE, 3),
)
"""Domain, way of signing in, number of guests: 128 in all."""

FABRIKAM_GUESTS = (
    InvitedPerson("Miguel Torres", "miguel.torres@proseware.com", PASSCODE, False),
    InvitedPerson("Naomi Sato", "naomi.sato@proseware.com", PASSCODE, False),
    InvitedPerson("Petra Kovač", "petra.kovac@proseware.com", PASSCODE, False),
    InvitedPerson("Grace Nakamura", "grace.nakamura@contoso.com", ORGANIZATION, True),
    InvitedPerson("Samuel Adeyemi", "samuel.adeyemi@northwind.com", PASSCODE, False),
)
"""Guests of a tenant that waits for the automatic date: most wait with it."""

WINGTIP_GUESTS = (
    InvitedPerson("Lucía Herrera", "lucia.herrera@proseware.com", PASSCODE, True),
    InvitedPerson("Owen Clarke", "owen.clarke@northwind.com", PASSCODE, True),
    InvitedPerson("Ines Novak", "ines.novak@northwind.com", PASSCODE, False),
)
"""Guests of a tenant that switched codes off: two accepted with a code and can’t sign in."""


@dataclass(frozen=True)
class DemoGroup:
    """A group of Contoso: its members and owners by address, and the partner it answers for."""

    name: str
    description: str
    owners: tuple[str, ...]
    members: tuple[str, ...]
    sponsors_domain: str = ""


CONTOSO_GROUPS = (
    DemoGroup(
        "Purchasing",
        "Everybody who buys, and the suppliers they work with",
        ("amara.okafor@contoso.com",),
        (
            "amara.okafor@contoso.com",
            "joao.pereira@contoso.com",
            "viktor.hansen@contoso.com",
        ),
        sponsors_domain="litware.com",
    ),
    DemoGroup(
        "Project Northstar",
        "Engineering project with partners",
        ("katarzyna.nowak@contoso.com",),
        (
            "katarzyna.nowak@contoso.com",
            "mateo.garcia@contoso.com",
            "oskar.virtanen@contoso.com",
            "sanna.makinen@contoso.com",
        ),
    ),
    DemoGroup(
        "Auditors",
        "Read-only helpers of the yearly audit",
        ("paula.schneider@contoso.com",),
        ("hiroshi.tanaka@contoso.com", "paula.schneider@contoso.com"),
    ),
)

UNDELIVERABLE = {
    "ivan.petrov@wingtiptoys.com": (550, "5.1.1 No such user here"),
    "julie.moreau@wingtiptoys.com": (552, "5.2.2 Mailbox full"),
}
"""Invitations the mail server refused, with its words."""

PENDING_EVERY = 5
"""One guest in five has not accepted yet."""

_FIRST = [
    "Agnes",
    "Benedikt",
    "Camille",
    "Dmitri",
    "Eleni",
    "Felipe",
    "Giulia",
    "Henrik",
    "Ines",
    "Jonas",
    "Kofi",
    "Lena",
    "Marek",
    "Noor",
    "Olga",
    "Pavel",
    "Ravi",
    "Sofia",
    "Tariq",
    "Ursula",
    "Vera",
    "Wei",
    "Ximena",
    "Yara",
    "Zoltan",
]
_LAST = [
    "Andersen",
    "Bianchi",
    "Costa",
    "Dahl",
    "Eriksen",
    "Fischer",
    "Gomez",
    "Horvat",
    "Ito",
    "Janssen",
    "Kowalski",
    "Larsen",
    "Moreau",
    "Novak",
    "Olsen",
    "Popescu",
    "Qureshi",
    "Ricci",
    "Silva",
    "Tamm",
    "Ueda",
    "Varga",
    "Weber",
    "Xu",
    "Yamada",
    "Zhang",
]


def contoso_guests() -> list[InvitedPerson]:
    """The 128 guests of Contoso, the known ones first in their group."""
    names = _names()
    guests: list[InvitedPerson] = []
    for domain, issuer, count in GROUPS:
        group = [g for g in KNOWN_GUESTS if g.address.endswith(f"@{domain}")]
        while len(group) < count:
            name = next(names)
            has_accepted = len(group) % PENDING_EVERY != PENDING_EVERY - 1
            group.append(InvitedPerson(name, f"{_local_part(name)}@{domain}", issuer, has_accepted))
        guests += group
    return guests


def _names() -> Iterator[str]:
    """Names that do not repeat, alike for everybody."""
    for shift in itertools.count():
        for index, first in enumerate(_FIRST):
            yield f"{first} {_LAST[(index * 7 + shift * 3) % len(_LAST)]}"


def _local_part(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return ".".join(plain.lower().split())
