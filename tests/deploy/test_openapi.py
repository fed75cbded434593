"""Each service's OpenAPI is collected, and one that does not answer is an error."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from fastapi import FastAPI

from deploy.schemas import main


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A service named « essai », with a real FastAPI application."""
    module = ModuleType("services.essai.app")
    module.openapi = FastAPI(title="Essai").openapi  # type: ignore[attr-defined]  # a module made by hand
    monkeypatch.setitem(sys.modules, "services.essai", ModuleType("services.essai"))
    monkeypatch.setitem(sys.modules, "services.essai.app", module)
    return module


@pytest.mark.usefixtures("service")
def test_documents_are_written_then_up_to_date(tmp_path: Path) -> None:
    assert main(["--verifier"], tmp_path, ["essai"]) == 1
    assert main([], tmp_path, ["essai"]) == 0
    assert main(["--verifier"], tmp_path, ["essai"]) == 0
    assert '"title": "Essai"' in (tmp_path / "essai.json").read_text()


@pytest.mark.usefixtures("service")
def test_a_stale_or_foreign_document_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([], tmp_path, ["essai"])
    (tmp_path / "essai.json").write_text("{}")
    (tmp_path / "ancien.json").write_text("{}")
    assert main(["--verifier"], tmp_path, ["essai"]) == 1
    dit = capsys.readouterr().err
    assert "essai.json : n'est plus à jour" in dit
    assert "ancien.json : aucun service" in dit


def test_a_service_without_openapi_is_an_error(
    tmp_path: Path, service: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], tmp_path, ["absent"]) == 1
    service.openapi = lambda: {"openapi": "2.0"}  # type: ignore[attr-defined]  # a module made by hand
    assert main([], tmp_path, ["essai"]) == 1
    del service.openapi
    assert main([], tmp_path, ["essai"]) == 1
    dit = capsys.readouterr().err
    assert "services.absent.app n'existe pas" in dit
    assert "OpenAPI 3.1" in dit
    assert "n'a pas de fonction openapi()" in dit
    assert not list(tmp_path.iterdir())
