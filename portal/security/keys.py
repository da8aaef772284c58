"""The key ring, the keys derived from it, and the encrypted model field (SEC-98).

`PORTAL_KEYS` holds `id:base64` pairs, newest first; the first is active. Every use has its own key,
derived by HKDF-SHA-256 (RFC 5869) with the purpose as `info`, so that a key for one thing says
nothing about another.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.query_utils import DeferredAttribute

MINIMUM_KEY_BYTES = 32
PASSCODE, TICKET, FIELD = "passcode-v1", "ticket-v1", "field-v1"


class UnknownKeyError(LookupError):
    """A row names a key that is not in the ring."""


@dataclass(frozen=True)
class KeyRing:
    """Master keys by id; the first is used for everything new."""

    keys: tuple[tuple[str, bytes], ...]

    @property
    def active_id(self) -> str:
        """The id of the key new rows are made with."""
        return self.keys[0][0]

    def derive(self, purpose: str, key_id: str) -> bytes:
        """The 32-byte key for `purpose` under the master key `key_id`.

        Raises: UnknownKeyError.
        """
        for known_id, master in self.keys:
            if known_id == key_id:
                return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(master)
        raise UnknownKeyError(key_id)


def parse_key_ring(text: str) -> KeyRing:
    """Read `id:base64,id:base64`.

    Raises: ImproperlyConfigured when a part is malformed, too short or named twice.
    """
    keys: list[tuple[str, bytes]] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        key_id, _, encoded = part.partition(":")
        try:
            master = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ImproperlyConfigured("PORTAL_KEYS: a key is not base64") from error
        if not key_id or len(master) < MINIMUM_KEY_BYTES:
            raise ImproperlyConfigured("PORTAL_KEYS: each key needs an id and 32 bytes")
        if key_id in {known for known, _ in keys}:
            raise ImproperlyConfigured("PORTAL_KEYS: an id stands twice")
        keys.append((key_id, master))
    if not keys:
        raise ImproperlyConfigured("PORTAL_KEYS is empty")
    return KeyRing(tuple(keys))


@lru_cache(maxsize=4)
def _parsed(text: str) -> KeyRing:
    return parse_key_ring(text)


def key_ring() -> KeyRing:
    """The key ring of the settings."""
    return _parsed(settings.PORTAL_KEYS)


@lru_cache(maxsize=64)
def _derived(text: str, purpose: str, key_id: str) -> bytes:
    return _parsed(text).derive(purpose, key_id)


def mac(purpose: str, key_id: str, *parts: bytes) -> bytes:
    """HMAC-SHA-256 over the length-prefixed `parts` under the derived key (RFC 2104).

    Length prefixes keep two different lists of parts from giving the same message.
    Raises: UnknownKeyError.
    """
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.new(_derived(settings.PORTAL_KEYS, purpose, key_id), message, sha256).digest()


def encrypt(plain: str, context: str) -> str:
    """AES-256-GCM under the active key; `context` is bound as associated data (SEC-98)."""
    key_id, nonce = key_ring().active_id, os.urandom(12)
    key = _derived(settings.PORTAL_KEYS, FIELD, key_id)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), context.encode())
    return f"{key_id}.{base64.b64encode(nonce + sealed).decode()}"


def decrypt(stored: str, context: str) -> str:
    """Undo `encrypt`.

    Raises: UnknownKeyError; ValueError when the value was changed or moved to another row.
    """
    key_id, _, encoded = stored.partition(".")
    raw = base64.b64decode(encoded)
    key = _derived(settings.PORTAL_KEYS, FIELD, key_id)
    try:
        return AESGCM(key).decrypt(raw[:12], raw[12:], context.encode()).decode()
    except InvalidTag as error:
        raise ValueError("the encrypted value does not belong here") from error


class Secret(str):
    """A decrypted secret: usable as text, hidden when shown (SEC-101)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"


class Sealed(str):
    """A value as the database holds it, not yet decrypted."""

    __slots__ = ()


class _Revealed(DeferredAttribute):
    """Decrypts on first access, when the instance knows its primary key."""

    field: Any

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is not None and isinstance(value, Sealed):
            value = Secret(decrypt(value, self.field.context_of(instance)))
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        """Store the value; without this, Python would read it past `__get__`, still sealed."""
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is stored encrypted, bound to model, field and primary key (SEC-98).

    The primary key must be set before saving, as it is for UUID keys.
    """

    descriptor_class = _Revealed

    def context_of(self, instance: models.Model) -> str:
        """The associated data that ties a value to its row."""
        return f"{instance._meta.label}.{self.attname}.{instance.pk}"

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        """Mark what comes from the database as still sealed."""
        return Sealed(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Encrypt on the way to the database."""
        value = getattr(model_instance, self.attname)
        return encrypt(str(value), self.context_of(model_instance)) if value else ""
