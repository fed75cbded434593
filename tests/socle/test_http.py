"""Bad input of every kind, on a small real app: a 4xx with a stable code, and nothing of what was sent in the answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from fastapi import APIRouter, Depends, FastAPI
from httpx import ASGITransport, AsyncClient, Response
from hypothesis import given
from hypothesis import strategies as st

from services.socle.facts.command import CodeStr, Commande, Ligne, Texte
from services.socle.facts.handle import Issue
from services.socle.facts.refusal import Motif, Refus
from services.socle.keys.erased import EFFACE
from services.socle.web.asgi import profondeur
from services.socle.web.http import (
    AuMoins,
    CleIdempotence,
    Effet,
    application,
    fraicheur,
    repondre,
    si_version,
)
from services.socle.web.http import json as en_json
from services.socle.web.paging import Apres, Limite, curseur, lire_curseur, page

CLE = {"Idempotency-Key": "019a0000-0000-7000-8000-000000000001"}
DOSSIER = UUID(int=7)


class Contact(Commande):
    nom: Ligne
    telephone: Ligne = ""


class Orienter(Commande):
    contact: Contact
    motif: CodeStr
    expose: Texte = ""
    enfants: int = 0
    le: date | None = None
    issue: Literal["accord", "refus"] = "accord"


routes = APIRouter(prefix="/v1")


@routes.post("/dossiers/{dossier}/orienter", response_model=Effet)
async def orienter(
    dossier: UUID, commande: Orienter, cle: CleIdempotence, attendue: Annotated[int | None, Depends(si_version)]
) -> Any:
    if commande.motif == "complet":
        raise Refus("capacite_atteinte", places=30, depuis=date(2026, 5, 1))
    if attendue is not None or commande.motif == "doublon":
        raise Refus("version_perimee", attendue=attendue, actuelle=4)
    if commande.motif == "panne":
        raise RuntimeError(commande.contact.nom)
    if commande.motif == "base":
        raise ConnectionResetError
    return repondre(Issue(dossier, 3))


@routes.get("/dossiers", response_model=dict[str, Any])
async def dossiers(apres: Apres = None, limite: Limite = 2, q: str = "", au_moins: AuMoins = None) -> Any:
    after = lire_curseur(apres, tuple[date, int])
    rows = [{"echeance": date(2026, 1, day), "n": day, "nom": EFFACE} for day in range(1, 6)]
    rest = [row for row in rows if after is None or (row["echeance"], row["n"]) > after]
    return en_json(page(rest[: limite + 1], limite, len(rows), "echeance", "n"), headers=fraicheur(3, perime=True))


@routes.get("/codes/{code}")
async def lire_code(code: str) -> dict[str, str]:
    return {"code": code}


@pytest.fixture
def app() -> FastAPI:
    async def base() -> None: ...

    app = application(
        "Essai", motifs={"capacite_atteinte": Motif(409, "Complet", "Les {places} places sont prises depuis le {depuis}.")},
        pret=[("base", base)],
    )  # fmt: skip
    app.include_router(routes)
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app, raise_app_exceptions=True)
    async with AsyncClient(transport=transport, base_url="http://essai") as client:
        yield client


URL = f"/v1/dossiers/{DOSSIER}/orienter"
BON = {"contact": {"nom": "Camille Exemple"}, "motif": "impayes"}


def requete(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """The scope of a command, for what httpx cannot send."""
    return {
        "type": "http", "method": "POST", "path": URL, "raw_path": URL.encode(), "query_string": b"", "http_version": "1.1",
        "headers": [(b"content-type", b"application/json"), *headers], "scheme": "http", "root_path": "",
        "server": ("essai", 80), "client": ("essai", 1), "asgi": {"version": "3.0"},
    }  # fmt: skip


async def envoyer(client: AsyncClient, body: Any, headers: dict[str, str] | None = None) -> Response:
    """A JSON body, or bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post(
        URL, content=content, headers={"Content-Type": "application/json", **CLE, **(headers or {})}
    )


def refuse(answer: Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["type"] == f"urn:maillage:probleme:{code}"
    assert problem["correlation"] == answer.headers["maillage-correlation"]
    assert problem["title"]
    assert problem["detail"].endswith(".")
    assert "{" not in problem["detail"]
    return problem


async def test_une_commande_repond_sa_version(client: AsyncClient) -> None:
    answer = await envoyer(client, BON)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"id": str(DOSSIER), "version": 3}
    assert answer.headers["etag"] == '"3"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_un_refus_dit_quoi_faire(client: AsyncClient) -> None:
    problem = refuse(await envoyer(client, {**BON, "motif": "complet"}), 409, "capacite_atteinte")
    assert problem["detail"] == "Les 30 places sont prises depuis le 1er mai 2026."
    assert "champs" not in problem


async def test_une_version_perimee_est_412_avec_if_match(client: AsyncClient) -> None:
    refuse(await envoyer(client, {**BON, "motif": "doublon"}), 409, "version_perimee")
    refuse(await envoyer(client, BON, {"If-Match": '"2"'}), 412, "version_perimee")


@pytest.mark.parametrize("etag", ["2", '"x"', "*", '"99999999999999999999"', '"2", "3"'])
async def test_if_match_invalide(client: AsyncClient, etag: str) -> None:
    refuse(await envoyer(client, BON, {"If-Match": etag}), 400, "si_version_invalide")


async def test_la_cle_d_idempotence_est_exigee(client: AsyncClient) -> None:
    refuse(await client.post(URL, json=BON), 400, "cle_idempotence_absente")
    refuse(await client.post(URL, json=BON, headers={"Idempotency-Key": "1"}), 400, "cle_idempotence_invalide")


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"nul", b'{"contact": }', b"\xff\xfe\x00", b'"\xc3\x28"', b"[" * 60, b'{"a": "\\u12"}',
        b'{"enfants": ' + b"9" * 5000 + b"}", b"\x00",
    ],
)  # fmt: skip
async def test_du_json_casse(client: AsyncClient, body: bytes) -> None:
    refuse(await envoyer(client, body), 400, "corps_illisible")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b"[" * 65,
        b'{"expose": ' + b"[" * 1000 + b"]" * 1000 + b"}",
    ],
)  # fmt: skip
async def test_du_json_trop_profond(client: AsyncClient, body: bytes) -> None:
    refuse(await envoyer(client, body), 400, "corps_trop_profond")


async def test_un_texte_plein_de_crochets_n_est_pas_profond(client: AsyncClient) -> None:
    assert (await envoyer(client, {**BON, "expose": '[{"' * 1000})).status_code == 200


def test_la_profondeur_se_mesure_en_temps_lineaire() -> None:
    hostile = b"[" * 65 + b'"' + b'\\"' * 120_000 + b"\\"
    assert profondeur(hostile) == 65


@given(
    st.recursive(
        st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=200
    )
)
def test_la_profondeur_est_celle_du_json(value: Any) -> None:
    def depth(node: Any) -> int:
        match node:
            case list():
                return 1 + max(map(depth, node), default=0)
            case dict():
                return 1 + max(map(depth, node.values()), default=0)
        return 0

    padding = ["[]"] * 65  # enough brackets in a text and a list for the exact count to be taken
    assert profondeur(json.dumps([value, padding, [[]] * 65]).encode()) == max(1 + depth(value), 3)


async def test_dix_megaoctets(client: AsyncClient) -> None:
    refuse(await envoyer(client, b" " * 10_000_000), 413, "corps_trop_grand")


async def test_une_taille_annoncee_trop_grande_se_refuse_sans_lire(app: FastAPI) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        pytest.fail("the body was read")

    async def send(message: Any) -> None:
        sent.append(message)

    await app(requete((b"content-length", b"262145")), receive, send)
    assert sent[0]["status"] == 413


async def test_dix_megaoctets_par_morceaux(client: AsyncClient) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 10_000
            yield b" " * 10_000

    answer = await client.post(URL, content=pieces(), headers={"Content-Type": "application/json", **CLE})
    refuse(answer, 413, "corps_trop_grand")
    assert sent < 300_000, "the rest was not even read"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
async def test_un_autre_format_que_json(client: AsyncClient, kind: str) -> None:
    refuse(await envoyer(client, BON, {"Content-Type": kind}), 415, "format_non_pris_en_charge")


@pytest.mark.parametrize(
    ("fields", "chemin", "code"),
    [
        ({"contact": {"nom": "\ud800"}}, "/contact/nom", "caracteres_interdits"),
        ({"contact": {"nom": "a\x00b"}}, "/contact/nom", "caracteres_interdits"),
        ({"contact": {"nom": "x" * 201}}, "/contact/nom", "trop_long"),
        ({"contact": {"nom": 3}}, "/contact/nom", "texte_attendu"),
        ({"contact": {"nom": "A", "prenom": "B"}}, "/contact", "inconnu"),
        ({"contact": {}}, "/contact/nom", "obligatoire"),
        ({"contact": "x"}, "/contact", "objet_attendu"),
        ({"contact": None}, "/contact", "objet_attendu"),
        ({"enfants": "deux"}, "/enfants", "entier_attendu"),
        ({"enfants": 1e400}, "/enfants", "nombre_attendu"),
        ({"enfants": 2.5}, "/enfants", "entier_attendu"),
        ({"le": "2026-02-30"}, "/le", "date_attendue"),
        ({"le": "+12026-01-01"}, "/le", "date_attendue"),
        ({"le": True}, "/le", "date_attendue"),
        ({"motif": "Pas Un Code"}, "/motif", "forme_inattendue"),
        ({"issue": "peut-être"}, "/issue", "valeur_inconnue"),
        ({"\ud800": 1}, "", "caracteres_interdits"),
        ({"Durand": 1}, "", "inconnu"),
    ],
)  # fmt: skip
async def test_un_champ_invalide(client: AsyncClient, fields: dict[str, Any], chemin: str, code: str) -> None:
    answer = await envoyer(client, {**BON, **fields})
    [champ] = refuse(answer, 422, "champs_invalides")["champs"]
    assert (champ["chemin"], champ["code"]) == (chemin, code)
    assert "Durand" not in answer.text


@pytest.mark.parametrize("body", [[], "x", 1, None, [BON]])
async def test_un_corps_qui_n_est_pas_un_objet(client: AsyncClient, body: Any) -> None:
    refuse(await envoyer(client, body), 422, "champs_invalides")


async def test_un_corps_absent(client: AsyncClient) -> None:
    refuse(await client.post(URL, headers=CLE), 422, "champs_invalides")


@pytest.mark.parametrize(
    "dossier", ["x", "%00", "1" * 5000, "%ff%fe", "%ed%a0%80", "00000000-0000-0000-0000-00000000000g"]
)
async def test_un_identifiant_impossible_est_inconnu(client: AsyncClient, dossier: str) -> None:
    refuse(await client.post(f"/v1/dossiers/{dossier}/orienter", json=BON, headers=CLE), 404, "inconnu")


@pytest.mark.parametrize("code", ["%00", "a%00b", "a%0ab", "%7f", "%c2%85"])
async def test_une_adresse_avec_des_caracteres_de_controle(client: AsyncClient, code: str) -> None:
    refuse(await client.get(f"/v1/codes/{code}"), 404, "inconnu")
    assert (await client.get("/v1/codes/%C3%A9t%C3%A9")).json() == {"code": "été"}


async def test_une_adresse_ou_une_methode_inconnue(client: AsyncClient) -> None:
    refuse(await client.get("/v1/rien"), 404, "adresse_inconnue")
    refuse(await client.get("/v1/dossiers/"), 404, "adresse_inconnue")
    answer = await client.get(URL)
    refuse(answer, 405, "methode_refusee")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("query", ["q=%00", "q=%ff", "q=a%0ab", "%00=1", "q=%ed%a0%80"])
async def test_des_parametres_illisibles(client: AsyncClient, query: str) -> None:
    refuse(await client.get(f"/v1/dossiers?{query}"), 400, "requete_illisible")


@pytest.mark.parametrize(
    ("query", "chemin"), [("limite=0", "?limite"), ("limite=201", "?limite"), ("limite=x", "?limite"),
                          ("au_moins=-1", "?au_moins"), ("au_moins=99999999999", "?au_moins")],
)  # fmt: skip
async def test_un_parametre_hors_limites(client: AsyncClient, query: str, chemin: str) -> None:
    [champ] = refuse(await client.get(f"/v1/dossiers?{query}"), 422, "champs_invalides")["champs"]
    assert champ["chemin"] == chemin


async def test_une_liste_se_lit_page_par_page(client: AsyncClient) -> None:
    seen: list[int] = []
    suivant: str | None = None
    while True:
        body = (await client.get("/v1/dossiers", params={"apres": suivant} if suivant else {})).json()
        assert body["total"] == 5
        assert all(e["nom"] == "(effacé)" for e in body["elements"])
        seen += [element["n"] for element in body["elements"]]
        suivant = body["suivant"]
        if suivant is None:
            break
    assert seen == [1, 2, 3, 4, 5]


async def test_les_entetes_de_fraicheur(client: AsyncClient) -> None:
    headers = (await client.get("/v1/dossiers")).headers
    assert (headers["maillage-version"], headers["etag"], headers["maillage-perime"]) == ("3", '"3"', "oui")


@pytest.mark.parametrize(
    "apres", ["x", "é", "=", curseur(), curseur("2026-01-01"), curseur("pas une date", 1), curseur(date(2026, 1, 1), 2**63),
              curseur(date(2026, 1, 1), 1, 1), "WyJcdWQ4MDAiLDFd", "W" * 999],
)  # fmt: skip
async def test_un_curseur_invente(client: AsyncClient, apres: str) -> None:
    refuse(await client.get("/v1/dossiers", params={"apres": apres}), 400, "curseur_invalide")


@given(st.text(), st.dates(), st.uuids(), st.integers(-(2**63), 2**63 - 1))
def test_un_curseur_se_relit(text: str, day: date, id_: UUID, number: int) -> None:
    values = (text.replace("\x00", ""), day, id_, number)
    try:
        cursor = curseur(*values)
    except UnicodeEncodeError:
        return  # a lone surrogate never comes out of the database
    assert lire_curseur(cursor, tuple[str, date, UUID, int]) == values


def test_un_curseur_ne_porte_pas_nul() -> None:
    with pytest.raises(Refus) as refused:
        lire_curseur(curseur("a\x00"), tuple[str])
    assert refused.value.motif == "curseur_invalide"


async def test_une_erreur_interne_ne_dit_rien(client: AsyncClient, capsys: pytest.CaptureFixture[str]) -> None:
    answer = await envoyer(client, {**BON, "motif": "panne"})
    refuse(answer, 500, "erreur_interne")
    out = capsys.readouterr()
    assert "Camille" not in answer.text + out.out + out.err


async def test_une_base_absente_se_dit_et_se_reessaie(client: AsyncClient) -> None:
    answer = await envoyer(client, {**BON, "motif": "base"})
    refuse(answer, 503, "indisponible")
    assert answer.headers["retry-after"] == "2"


async def test_la_correlation_se_transmet_ou_se_cree(client: AsyncClient) -> None:
    mine = str(UUID(int=9))
    assert (await envoyer(client, BON, {"Maillage-Correlation": mine})).headers["maillage-correlation"] == mine
    for bad in ("x", "0" * 31, "{" * 100):
        given_back = (await envoyer(client, BON, {"Maillage-Correlation": bad})).headers["maillage-correlation"]
        assert UUID(given_back) != UUID(int=9)


async def test_la_sante_et_les_mesures(client: AsyncClient, app: FastAPI) -> None:
    assert (await client.get("/sante/vif")).json() == {"etat": "vif"}
    assert (await client.get("/sante/pret")).json() == {"etat": "pret", "verifications": {"base": "ok"}}
    await envoyer(client, BON)
    metrics = (await client.get("/metrics")).text
    assert 'route="/v1/dossiers/{dossier}/orienter",status="200"' in metrics
    assert str(DOSSIER) not in metrics


async def test_pas_pret_quand_la_base_manque() -> None:
    async def absente() -> None:
        raise ConnectionRefusedError("postgresql://utilisateur:secret@base")

    app = application("Essai", motifs={}, pret=[("base", absente)])
    async with AsyncClient(transport=ASGITransport(app), base_url="http://essai") as client:
        answer = await client.get("/sante/pret")
    assert answer.status_code == 503
    assert answer.json() == {"etat": "pas_pret", "verifications": {"base": "ConnectionRefusedError"}}


async def test_une_methode_inventee_ne_cree_pas_de_mesure(client: AsyncClient) -> None:
    for n in range(3):
        assert (await client.request(f"INVENTE{n}", "/v1/dossiers")).status_code == 405
    assert "INVENTE" not in (await client.get("/metrics")).text


async def test_l_openapi_documente_les_refus(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    for path in document["paths"].values():
        for operation in path.values():
            schema = operation["responses"]["4XX"]["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Probleme"}
            assert "422" not in operation["responses"]
    assert {"Probleme", "Champ"} <= document["components"]["schemas"].keys()
    assert not [ref for ref in _references(document) if ref.rpartition("/")[2] not in document["components"]["schemas"]]


def _references(node: Any) -> list[str]:
    match node:
        case {"$ref": str(ref)}:
            return [ref]
        case dict():
            return [ref for value in node.values() for ref in _references(value)]
        case list():
            return [ref for value in node for ref in _references(value)]
    return []


async def test_le_type_de_contenu_peut_porter_un_jeu_de_caracteres(client: AsyncClient) -> None:
    assert (await envoyer(client, BON, {"Content-Type": "application/json; charset=utf-8"})).status_code == 200


async def test_un_client_qui_raccroche_en_route_n_est_pas_une_panne(app: FastAPI) -> None:
    sent: list[Any] = []
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    await app(requete((b"transfer-encoding", b"chunked")), receive, send)
    assert sent == []


def test_les_phrases_se_lisent_sans_details() -> None:
    from services.socle.web.messages import MOTIFS

    for code, motif in MOTIFS.items():
        assert 400 <= motif.statut < 600, code
        assert motif.detail.endswith("."), code
