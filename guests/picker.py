"""Form field that picks people and groups: a search, its results, the chosen ones.

Works as a plain form; htmx renews the results while one types. A candidate always shows an address
or says that it is a group, so that no one is chosen by name alone (SEC-86).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guests.access.directory import Directory
from guests.models import Group, Sponsor, User
from guests.users import lookups
from portal.console.filters import clean_text
from portal.values.email_address import InvalidEmailAddress, parse_email_address

MAXIMUM_MATCHES = 50
BY_NAME_OR_ADDRESS = gettext_lazy("Search by name or e-mail address")
BY_NAME = gettext_lazy("Search by group name")


@dataclass(frozen=True)
class Candidate:
    """Somebody or something to choose, with what tells it from others of the same name."""

    subject: Sponsor
    address: str
    is_suspicious: bool = False
    """Whether the domain of the address mixes scripts (SEC-86)."""

    @property
    def id(self) -> str:
        """The object id, which is the field's value."""
        return str(self.subject.pk)

    @property
    def name(self) -> str:
        """The display name."""
        return self.subject.display_name

    @property
    def is_group(self) -> bool:
        """Whether this is a group."""
        return isinstance(self.subject, Group)


class Offer(Protocol):
    """What a picker offers."""

    @property
    def search_label(self) -> str | Promise: ...
    def matches(self, text: str, limit: int) -> list[Candidate]: ...
    def unknown(self, text: str) -> str: ...
    def chosen(self, ids: Sequence[uuid.UUID | str]) -> list[Candidate]: ...


@dataclass(frozen=True)
class People:
    """The users among `rows`."""

    directory: Directory
    rows: QuerySet[User]
    search_label: str | Promise = BY_NAME_OR_ADDRESS

    def unknown(self, text: str) -> str:
        """`text`, if it is an address that no user of the tenant has (INF-5)."""
        try:
            address = parse_email_address(text)
        except InvalidEmailAddress:
            return ""
        holder = lookups.user_by_address(self.directory.tenant, address.canonical)
        return "" if holder else address.as_typed

    def matches(self, text: str, limit: int) -> list[Candidate]:
        """Those a search finds, by name; the first ones without a search."""
        found = self.directory.search_people(self.rows, text) if text else self.rows
        return [_of_user(user) for user in found.order_by("display_name_key", "pk")[:limit]]

    def chosen(self, ids: Sequence[uuid.UUID | str]) -> list[Candidate]:
        """Those with these object ids, by name."""
        found = self.rows.filter(pk__in=ids).order_by("display_name_key", "pk")
        return [_of_user(user) for user in found]


@dataclass(frozen=True)
class Groups:
    """The groups among `rows`."""

    directory: Directory
    rows: QuerySet[Group]
    search_label: str | Promise = BY_NAME

    def unknown(self, text: str) -> str:
        """Groups have no address."""
        return ""

    def matches(self, text: str, limit: int) -> list[Candidate]:
        """Those a search finds, by name; the first ones without a search."""
        found = self.directory.search_groups(self.rows, text) if text else self.rows
        return [_of_group(group) for group in found.order_by("display_name_key", "pk")[:limit]]

    def chosen(self, ids: Sequence[uuid.UUID | str]) -> list[Candidate]:
        """Those with these object ids, by name."""
        found = self.rows.filter(pk__in=ids).order_by("display_name_key", "pk")
        return [_of_group(group) for group in found]


@dataclass(frozen=True)
class PeopleAndGroups:
    """Both together: who may answer for a guest (DIR-25)."""

    people: People
    groups: Groups
    search_label: str | Promise = BY_NAME_OR_ADDRESS

    def unknown(self, text: str) -> str:
        """Offer no invitation."""
        return ""

    def matches(self, text: str, limit: int) -> list[Candidate]:
        """Those a search finds, by name; the first ones without a search."""
        found = self.people.matches(text, limit) + self.groups.matches(text, limit)
        return sorted(found, key=_by_name)[:limit]

    def chosen(self, ids: Sequence[uuid.UUID | str]) -> list[Candidate]:
        """Those with these object ids, by name."""
        return sorted(self.people.chosen(ids) + self.groups.chosen(ids), key=_by_name)


class PickerWidget(forms.Widget):
    """Reads the ticked boxes; `templates/guests/_picker.html` draws them."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Every value sent under the name."""
        values = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return [values] if isinstance(values, str) else list(values)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Nothing ticked is an answer too."""
        return False


class PickerField(forms.Field):
    """Chosen users and groups by object id; its value is the list of them."""

    widget = PickerWidget
    hidden_widget = forms.MultipleHiddenInput
    pack_template = "guests/picker/_picker.html"
    offer: Offer
    invites_to: Group | None = None
    """The group that an unknown address can be invited into."""

    def __init__(
        self, *, maximum: int, empty: str | Promise = "", has_list: bool = True, **kwargs: Any
    ) -> None:
        """Take the greatest number to choose, what to say of an empty choice, and Django's own.

        `has_list` says that something is offered before anybody searched. The form sets `offer`.
        """
        super().__init__(required=bool(empty), **kwargs)
        self.maximum, self.has_list = maximum, has_list
        if empty:
            self.error_messages["required"] = empty  # type: ignore[assignment]

    def to_python(self, value: Any) -> list[Sponsor]:
        """The objects with these ids. Raises: ValidationError for unknown ones and too many."""
        ids = _ids(value or [])
        if ids is None:
            raise forms.ValidationError(self.gone)
        if len(ids) > self.maximum:
            raise forms.ValidationError(
                ngettext("Choose %(n)s at most.", "Choose %(n)s at most.", self.maximum)
                % {"n": self.maximum}
            )
        found = [candidate.subject for candidate in self.offer.chosen(ids)] if ids else []
        if len(found) != len(ids):
            raise forms.ValidationError(self.gone)
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other ones are chosen, in whatever order."""
        return not self.disabled and _keys(initial) != _keys(data)

    @property
    def gone(self) -> str:
        """What to say of an id that nothing on offer has."""
        return _("Something you chose is not there any more. Choose again.")


@dataclass(frozen=True)
class Unknown:
    """A typed address that no user has, and the group it was typed for (INF-5)."""

    address: str
    group: Group


@dataclass(frozen=True)
class Picker:
    """What the template shows of a picker."""

    search: str
    chosen: list[Candidate]
    matches: list[Candidate]
    has_more: bool
    unknown: Unknown | None = None
    is_waiting: bool = False
    """Whether it offers nothing before a search."""


def picker_of(field: forms.BoundField) -> Picker:
    """The picker behind a bound field: what is ticked, and what the search finds."""
    picker = cast("PickerField", field.field)
    offer = picker.offer
    search = clean_text(str(field.form.data.get(f"{field.html_name}-search", "")))
    ids = _ids(field.value() or []) or []
    chosen = offer.chosen(ids) if ids else []
    is_waiting = not (search or picker.has_list)
    found = [] if is_waiting else offer.matches(search, MAXIMUM_MATCHES + 1)
    taken = {candidate.id for candidate in chosen}
    matches = [candidate for candidate in found[:MAXIMUM_MATCHES] if candidate.id not in taken]
    group = picker.invites_to
    address = offer.unknown(search) if group and search and not found else ""
    return Picker(
        search=search,
        chosen=chosen,
        matches=matches,
        has_more=len(found) > MAXIMUM_MATCHES,
        unknown=Unknown(address, group) if group and address else None,
        is_waiting=is_waiting,
    )


def _ids(values: Sequence[Any]) -> list[uuid.UUID] | None:
    """Object ids, each once; None if one of them is no object id."""
    try:
        return list(dict.fromkeys(uuid.UUID(str(value)) for value in values))
    except ValueError:
        return None


def _keys(values: Any) -> set[str]:
    """The object ids of chosen objects, or of what a form sends or was given."""
    return {str(value.pk if isinstance(value, User | Group) else value) for value in values or []}


def _by_name(candidate: Candidate) -> tuple[str, str]:
    return candidate.subject.display_name_key, candidate.id


def _of_user(user: User) -> Candidate:
    address = (user.mail or user.invited_address) if user.is_external else user.user_principal_name
    try:
        parsed = parse_email_address(address)
    except InvalidEmailAddress:
        return Candidate(user, address)
    return Candidate(user, parsed.display, parsed.has_mixed_scripts)


def _of_group(group: Group) -> Candidate:
    return Candidate(group, " ".join(group.description.split())[:100])
