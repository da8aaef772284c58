"""Files that are too large or not what they seem never cost more than they may (SEC-87, AB-7)."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guests.bulk import file_reading, files
from guests.models import BulkJob, User
from portal.tenants.models import Tenant
from tests.factories import AdministratorFactory
from tests.support.hostile_files import CORPUS, HEAD, ROW

pytestmark = pytest.mark.django_db

PAGE = "/users/bulk/invite/"
MAXIMUM_MEMORY = 150 * 1024 * 1024


@pytest.fixture
def grace(contoso: Tenant, client: Client) -> User:
    grace = AdministratorFactory(tenant=contoso)
    client.force_login(grace)
    return grace


class Unread(io.RawIOBase):
    """A body that nobody may read."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise AssertionError("the body was read")


class Endless(io.RawIOBase):
    """A form whose file never ends; `given` is how much of it was taken."""

    def __init__(self, beginning: bytes) -> None:
        self._beginning = io.BytesIO(beginning)
        self.given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._beginning.read(size) or b"x" * min(size, 65_536)
        self.given += len(piece)
        return piece


def post(client: Client, body: Any, length: int) -> Any:
    environment: Any = {
        "CONTENT_LENGTH": str(length),
        "CONTENT_TYPE": "multipart/form-data; boundary=edge",
        "wsgi.input": body,
    }
    return client.generic("POST", PAGE, **environment)


@pytest.mark.rule("SEC-87")
def test_request_that_says_it_is_too_large_is_not_read(client: Client, grace: User) -> None:
    answer = post(client, Unread(), 20 * 1024 * 1024 + files.FORM_BYTES + 1)

    html = answer.content.decode()
    assert answer.status_code == 413
    assert "larger than 20 MB" in html
    assert 'aria-invalid="true"' in html
    assert "<title>Error:" in html


@pytest.mark.rule("SEC-87")
def test_file_that_is_larger_than_it_may_be_is_cut_off(
    client: Client, grace: User, contoso: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_reading, "MAXIMUM_BYTES", 1_000_000)
    monkeypatch.setattr(files, "FORM_BYTES", 50_000_000)
    beginning = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    body = Endless(beginning)

    answer = post(client, body, 40_000_000)

    assert answer.status_code == 413
    assert body.given < 2_000_000
    assert not BulkJob.objects.of(contoso).exists()


@pytest.mark.rule("SEC-87", "SEC-69")
def test_upload_still_needs_its_csrf_token(contoso: Tenant, grace: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(grace)
    file = SimpleUploadedFile("a.csv", f"version:v1.0\n{HEAD}\n{ROW}\n".encode())

    assert strict.post(PAGE, {"file": file}).status_code == 403
    assert not BulkJob.objects.of(contoso).exists()

    token = strict.get(PAGE).context["csrf_token"]
    file.seek(0)
    answer = strict.post(PAGE, {"csrfmiddlewaretoken": str(token), "file": file})
    assert answer.status_code == 302


@pytest.mark.rule("BLK-18")
def test_file_on_its_way_has_no_name_on_the_disk(
    client: Client, grace: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(files, "IN_MEMORY_BYTES", 10)
    seen: list[list[Path]] = []
    monkeypatch.setattr(
        "guests.bulk.actions.upload_file",
        lambda *args, **kwargs: seen.append(list(tmp_path.iterdir())) or BulkJob(),  # type: ignore[func-returns-value]
    )
    rows = "\n".join([ROW] * 1_000)

    client.post(PAGE, {"file": SimpleUploadedFile("a.csv", rows.encode())})

    assert seen == [[]]


@pytest.mark.rule("AB-7", "SEC-87")
def test_hostile_files_get_the_verdict_they_deserve(client: Client, grace: User) -> None:
    verdicts = {}
    for name, content, _status in CORPUS:
        answer = client.post(PAGE, {"file": SimpleUploadedFile(f"{name}.csv", content)})
        verdicts[name] = answer.status_code

    assert len(verdicts) >= 300
    assert verdicts == {name: status for name, _content, status in CORPUS}


@pytest.mark.rule("AB-7", "SEC-87")
@pytest.mark.parametrize("name", ["a million columns", "a million headings", "one long line"])
def test_hostile_file_takes_little_memory(client: Client, grace: User, name: str) -> None:
    content = next(content for found, content, _status in CORPUS if found == name)
    tracemalloc.start()

    client.post(PAGE, {"file": SimpleUploadedFile("a.csv", content)})

    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MAXIMUM_MEMORY


Downloads = Callable[[], bytes]


@pytest.mark.rule("AB-7", "SEC-88", "BLK-19")
def test_no_file_that_we_produce_has_an_active_formula(
    client: Client, grace: User, contoso: Tenant
) -> None:
    start = f"version:v1.0\r\n{HEAD}\r\n"
    rows = "".join(f'{ROW}"{c}1+1"\r\n' for c in "=+-@＝＋－＠")
    client.post(PAGE, {"file": SimpleUploadedFile("=cmd.csv", (start + rows).encode())})
    job = BulkJob.objects.of(contoso).get()
    client.post(f"/users/bulk/jobs/{job.pk}/submit/")

    answer: Any = client.get(f"/users/bulk/jobs/{job.pk}/results/")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[1:]

    cells = [cell.strip('"') for line in lines for cell in line.split('","')]
    assert len(lines) == 9
    assert not [cell for cell in cells if cell[:1] in set("=+-@＝＋－＠") and cell]
