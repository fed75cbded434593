"""What the API says when it says no: stable codes, French sentences, and nothing of what was sent."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal, get_args
from uuid import UUID

import pytest
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ErrorType
from structlog.testing import capture_logs

from services.socle.facts.command import CodeStr, Commande, Texte
from services.socle.facts.refusal import Motif
from services.socle.web.messages import CHAMPS, MOTIFS
from services.socle.web.problem import Champ, Problemes, champs, lisible

MARQUE = "MarqueurDurand"
CODE = "Un code est attendu : minuscules sans accent, chiffres et tirets."


class Chat(BaseModel):
    espece: Literal["chat"]
    moustaches: int


class Chien(BaseModel):
    espece: Literal["chien"]


def _pair(value: int) -> int:
    if value % 2:
        raise PydanticCustomError("impair", "Un nombre pair est attendu.")
    return value


def _leve(value: str) -> str:
    raise ValueError(value)


class Formulaire(Commande):
    texte: Texte = ""
    code: CodeStr = "a"
    nombre: Annotated[int, Field(ge=1, le=5)] = 1
    reel: float = 1.0
    oui: bool = True
    jour: date | None = None
    instant: datetime | None = None
    ident: UUID | None = None
    liste: tuple[CodeStr, ...] = Field(default=(), max_length=2)
    remplie: tuple[CodeStr, ...] = Field(default=("a",), min_length=1)
    choix: Literal["a", "b"] = "a"
    paire: Annotated[int, AfterValidator(_pair)] = 2
    leve: Annotated[str, AfterValidator(_leve)] = ""
    bete: Annotated[Chat | Chien, Field(discriminator="espece")] | None = None


def errors(fields: dict[str, object]) -> list[Champ]:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Formulaire).validate_python(fields)
    return champs([{**error, "loc": ("body", *error["loc"])} for error in refused.value.errors()])


@pytest.mark.parametrize(
    ("fields", "chemin", "code", "detail"),
    [
        ({"texte": [MARQUE]}, "/texte", "texte_attendu", "Un texte est attendu."),
        ({"texte": MARQUE * 1000}, "/texte", "trop_long", "8000 caractères au plus."),
        ({"texte": MARQUE + "\x07"}, "/texte", "caracteres_interdits", "Le texte contient des caractères de contrôle."),
        ({"code": MARQUE}, "/code", "forme_inattendue", CODE),
        ({"nombre": 0}, "/nombre", "trop_petit", "1 au moins."),
        ({"nombre": 6}, "/nombre", "trop_grand", "5 au plus."),
        ({"nombre": MARQUE}, "/nombre", "entier_attendu", "Un nombre entier est attendu."),
        ({"nombre": "9" * 5000}, "/nombre", "entier_attendu", "Un nombre entier est attendu."),
        ({"reel": MARQUE}, "/reel", "nombre_attendu", "Un nombre est attendu."),
        ({"oui": MARQUE}, "/oui", "oui_non_attendu", "Vrai ou faux est attendu (true ou false)."),
        ({"jour": MARQUE}, "/jour", "date_attendue", "Une date est attendue, par exemple 2026-01-31."),
        ({"jour": "0000-01-01"}, "/jour", "date_attendue", "Une date est attendue, par exemple 2026-01-31."),
        ({"ident": MARQUE}, "/ident", "identifiant_attendu", "Un identifiant (UUID) est attendu."),
        ({"liste": MARQUE}, "/liste", "liste_attendue", "Une liste est attendue."),
        ({"liste": ["a", "b", "c"]}, "/liste", "trop", "Nombre d'éléments : 2 au plus."),
        ({"liste": ["a", MARQUE]}, "/liste/1", "forme_inattendue", CODE),
        ({"remplie": []}, "/remplie", "trop_peu", "Nombre d'éléments : 1 au moins."),
        ({"remplie": [MARQUE]}, "/remplie/0", "forme_inattendue", CODE),
        ({"choix": MARQUE}, "/choix", "valeur_inconnue", "Valeurs possibles : a ou b."),
        ({"paire": 3}, "/paire", "impair", "Un nombre pair est attendu."),
        ({"leve": MARQUE}, "/leve", "valeur_refusee", "Cette valeur ne convient pas."),
        ({"bete": MARQUE}, "/bete", "objet_attendu", "Un objet est attendu."),
        ({"bete": {"espece": "chat"}}, "/bete/chat/moustaches", "obligatoire", "Ce champ est obligatoire."),
    ],
)  # fmt: skip
def test_un_champ_dit_la_regle(fields: dict[str, object], chemin: str, code: str, detail: str) -> None:
    assert errors(fields) == [Champ(chemin=chemin, code=code, detail=detail)]


@pytest.mark.parametrize("fields", [{MARQUE: 1}, {"bete": {"espece": MARQUE}}, {"bete": {}}, {"instant": MARQUE}])
def test_rien_de_saisi_ne_revient(fields: dict[str, object]) -> None:
    listed = errors(fields)
    assert len(listed) == 1
    assert MARQUE not in listed[0].model_dump_json()
    assert re.fullmatch(r"[a-z_]+", listed[0].code)
    assert listed[0].detail.endswith(".")


def test_tous_les_champs_fautifs_sont_dits_dans_l_ordre() -> None:
    assert [champ.chemin for champ in errors({"texte": 1, "nombre": 0, "jour": "x"})] == ["/texte", "/nombre", "/jour"]


def test_les_phrases_ne_citent_que_des_regles() -> None:
    """Pydantic's own error contexts that hold the input, or a message made from it, must not be in a sentence."""
    for kind, (code, sentence) in CHAMPS.items():
        assert kind in get_args(ErrorType) or kind == code, kind
        assert not set(re.findall(r"\{(\w+)\}", sentence)) & {"error", "tag", "input_value", "field_name", "class"}, (
            kind
        )


def test_les_motifs_communs() -> None:
    for code, motif in MOTIFS.items():
        assert re.fullmatch(r"[a-z_]+", code)
        assert 400 <= motif.statut <= 503
        assert motif.detail.endswith("."), code
        assert "{" not in motif.detail, f"{code}: a common refusal is raised with no details"


def corps(problemes: Problemes, code: str, **more: object) -> dict[str, object]:
    answer = problemes.reponse(code, UUID(int=5), **more)  # type: ignore[arg-type]
    assert answer.media_type == "application/problem+json"
    body: dict[str, object] = json.loads(bytes(answer.body))
    assert body["status"] == answer.status_code
    return body


def test_un_service_ajoute_ou_precise_ses_motifs() -> None:
    problemes = Problemes({"inconnu": Motif(404, "Dossier introuvable", "Vérifiez le numéro."),
                           "echu": Motif(409, "Échu", "Le contrat a pris fin le {fin} ({places} places).")})  # fmt: skip
    assert corps(problemes, "inconnu") == {
        "type": "urn:maillage:probleme:inconnu",
        "title": "Dossier introuvable",
        "status": 404,
        "code": "inconnu",
        "detail": "Vérifiez le numéro.",
        "correlation": str(UUID(int=5)),
    }
    full = corps(problemes, "echu", details={"fin": date(2026, 3, 2), "places": 30, "autre": 1})
    assert full["detail"] == "Le contrat a pris fin le 2 mars 2026 (30 places)."
    assert corps(problemes, "echu")["detail"] == "Le contrat a pris fin le … (… places)."


def test_un_motif_sans_phrase_se_remarque_sans_casser() -> None:
    with capture_logs() as logs:
        body = corps(Problemes({}), "regle_nouvelle")
    assert (body["status"], body["code"], body["title"]) == (409, "regle_nouvelle", "Demande refusée")
    assert logs == [{"event": "motif_sans_phrase", "motif": "regle_nouvelle", "log_level": "error"}]


def test_les_entetes_disent_comment_reprendre() -> None:
    problemes = Problemes({})
    assert problemes.reponse("jeton_absent").headers["www-authenticate"] == "Bearer"
    assert problemes.reponse("indisponible").headers["retry-after"] == "2"
    assert "retry-after" not in problemes.reponse("inconnu").headers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2026, 5, 1), "1er mai 2026"), (date(2026, 12, 31), "31 décembre 2026"), (True, "oui"), (3, "3"),
        (datetime(2026, 6, 30, 22, 30, tzinfo=UTC), "1er juillet 2026"), (["a", "b"], "a, b"), (UUID(int=0), str(UUID(int=0))),
    ],
)  # fmt: skip
def test_un_detail_se_lit_en_francais(value: object, text: str) -> None:
    assert lisible(value) == text


def test_un_detail_ne_sert_jamais_de_modele() -> None:
    problemes = Problemes({"x": Motif(409, "X", "Valeur {v}.")})
    assert corps(problemes, "x", details={"v": "{v.__class__}"})["detail"] == "Valeur {v.__class__}."
