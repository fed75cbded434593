"""Settings: a wrong one is named, in French, without its value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.socle.base.settings import PREFIXE, ReglageInvalide, lire


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"dossiers_api": "p@ss/mot", "dossiers_cles": "c"}))
    for name, value in {
        "POSTGRES": "postgresql://127.0.0.1:5432",
        "POSTGRES_SECRETS": str(secrets),
        "KAFKA": "127.0.0.1:9092",
        "EMETTEURS": '[{"issuer": "https://id.example", "jwks_url": "https://id.example/jwks", "audience": "maillage"}]',
        "CLE_MAITRE": str(tmp_path / "cle"),
    }.items():
        monkeypatch.setenv(PREFIXE + name, value)
    return monkeypatch


def test_les_reglages_se_lisent(env: pytest.MonkeyPatch) -> None:
    settings = lire()
    assert settings.mode == "production"
    assert settings.emetteurs[0].issuer == "https://id.example"
    assert settings.dsn("dossiers", "api") == "postgresql://dossiers_api:p%40ss%2Fmot@127.0.0.1:5432/maillage_dossiers"
    assert settings.dsn("dossiers", "cles") == "postgresql://dossiers_cles:c@127.0.0.1:5432/maillage_cles"


def test_une_prise_locale_garde_ses_parametres(env: pytest.MonkeyPatch) -> None:
    env.setenv("MAILLAGE_POSTGRES", "postgresql:///?host=/prise")
    assert lire().dsn("dossiers", "cles") == "postgresql://dossiers_cles:c@/maillage_cles?host=/prise"


def test_les_variables_absentes_sont_nommees(env: pytest.MonkeyPatch) -> None:
    env.delenv("MAILLAGE_KAFKA")
    env.delenv("MAILLAGE_CLE_MAITRE")
    with pytest.raises(ReglageInvalide) as refused:
        lire()
    assert str(refused.value) == "MAILLAGE_CLE_MAITRE : variable absente.\nMAILLAGE_KAFKA : variable absente."


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("MODE", "secret", "MAILLAGE_MODE : valeur attendue : 'local' ou 'production'."),
        ("EMETTEURS", "{secret", "MAILLAGE_EMETTEURS : JSON attendu, illisible."),
        ("EMETTEURS", '[{"issuer": "secret", "audience": "a"}]', "MAILLAGE_EMETTEURS[0][jwks_url] : variable absente."),
        ("EMETTEURS", '"secret"', "MAILLAGE_EMETTEURS : valeur invalide."),
        ("TRACES_PART", "1.5", "MAILLAGE_TRACES_PART : valeur invalide."),
    ],
)
def test_une_valeur_fausse_est_nommee_sans_etre_dite(
    env: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    env.setenv(PREFIXE + variable, value)
    with pytest.raises(ReglageInvalide) as refused:
        lire()
    assert str(refused.value) == message


def test_un_mot_de_passe_absent_est_nomme(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ReglageInvalide, match="pas de mot de passe pour le rôle dossiers_suite"):
        lire().dsn("dossiers", "suite")
    for content in ("pas du json", "[]", '{"dossiers_suite": 3}'):
        (tmp_path / "secrets.json").write_text(content)
        with pytest.raises(ReglageInvalide, match="MAILLAGE_POSTGRES_SECRETS"):
            lire().dsn("dossiers", "suite")
    (tmp_path / "secrets.json").unlink()
    with pytest.raises(ReglageInvalide, match="fichier illisible"):
        lire().dsn("dossiers", "suite")


def test_les_secrets_ne_s_affichent_pas(env: pytest.MonkeyPatch) -> None:
    env.setenv("MAILLAGE_JETON_SECRET", "tres-secret")
    env.setenv("MAILLAGE_KAFKA_SASL_MOT_DE_PASSE", "tres-secret")
    assert "tres-secret" not in repr(lire())
