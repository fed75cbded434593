"""Forms nobody can send in another's name, that lose nothing, and that show nothing but what was typed."""

from __future__ import annotations

import asyncio
import html
import re
from datetime import date
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest

from services.portail.communes import libelle, trouver
from services.portail.formulaire import Formulaire, lire_date, propre
from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import MENAGE, orienter, remplir
from tests.portail.navigateur import Navigateur, Page

PIEGES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7*7 }}{% raw %}",
    "</textarea><svg/onload=alert(1)>",
    "javascript:alert(1)",
)


@pytest.mark.parametrize(
    ("texte", "attendue"),
    [
        ("31/01/2026", date(2026, 1, 31)),
        ("1/2/26", date(2026, 2, 1)),
        ("01.02.2026", date(2026, 2, 1)),
        ("1er mai 2026", date(2026, 5, 1)),
        ("12 août 1980", date(1980, 8, 12)),
        ("12 aout 80", date(1980, 8, 12)),
        ("3 déc. 2025", date(2025, 12, 3)),
        ("2026-02-01", date(2026, 2, 1)),
        ("01022026", date(2026, 2, 1)),
        ("31/02/2026", None),
        ("demain", None),
        ("12/2026", None),
        ("12 jui 2026", None),  # juin ou juillet ?
    ],
)
def test_une_date_se_tape_librement(texte: str, attendue: date | None) -> None:
    assert lire_date(texte) == attendue


def test_un_collage_de_word_devient_du_texte() -> None:
    colle = "Bonjour\u00a0!\r\n\u2022\tloyer\r\n\uf0b7  voisins\u200b\r\n\r\n\r\n\r\nFin\u00ad.\x0b "
    assert propre(colle) == "Bonjour !\n- loyer\n- voisins\n\nFin."


@pytest.mark.parametrize(
    ("texte", "codes"),
    [
        ("Saintes", ["17415"]),
        ("SAINTES (17)", ["17415"]),
        ("saint-etienne", ["42218"]),
        ("St Etienne", ["42218"]),
        ("17415", ["17415"]),
        ("Nulle-Part-sur-Mer", []),
    ],
)
def test_une_commune_se_tape_par_son_nom(texte: str, codes: list[str]) -> None:
    assert trouver(texte) == codes


def test_une_commune_au_nom_partage_se_precise() -> None:
    assert len(trouver("Saint-Denis")) > 1
    assert trouver(libelle("93066")) == ["93066"]


def test_les_erreurs_gardent_ce_qui_est_tape() -> None:
    f = Formulaire({"le": ["hier"], "n": ["douze"]})
    assert f.date("le") is None
    assert f.entier("n", de=0, a=9) is None
    assert (f.brut("le"), f.brut("n")) == ("hier", "douze")
    assert list(f.erreurs) == ["le", "n"]


async def test_un_formulaire_d_ailleurs_ne_fait_rien(lieu: Lieu, navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n, autre = navigateur, ouvrir()
    await n.se_connecter("semis.agent")
    await autre.se_connecter("semis.responsable")
    dossier = await orienter(n, nom="Exemple-Csrf")
    await n.suivre("Retirer cette orientation")
    adresse, form = n.page.chemin, n.page.form("Retirer")[0]
    bon = form.donnees({"motif": "erreur"})
    sans = [(nom, v) for nom, v in bon if nom != "jeton"]
    await autre.aller(adresse)
    celui_d_un_autre = [*sans, ("jeton", autre.page.form("Retirer")[0].valeur("jeton")[0])]
    for donnees, en_tetes in (
        (sans, {}),
        ([*sans, ("jeton", "x" * 86)], {}),
        (celui_d_un_autre, {}),
        (bon, {"Origin": "https://ailleurs.example", "Sec-Fetch-Site": "cross-site"}),
        (bon, {"Sec-Fetch-Site": "same-site"}),
        (bon, {"Origin": "null"}),
    ):
        page = await n.poster(adresse, donnees, **en_tetes)
        assert page.statut == 403, (en_tetes, page.texte)
    vu = await lieu.monde.lire("semis.agent", f"/v1{dossier}")
    assert vu.json()["etape"] == "orientee"


async def test_le_formulaire_d_une_session_precedente_se_renvoie(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    dossier = await orienter(n, nom="Exemple-Reconnexion")
    await n.suivre("Retirer cette orientation")
    adresse, form = n.page.chemin, n.page.form("Retirer")[0]
    donnees = form.donnees({"motif": "erreur"})
    await n.se_connecter("semis.agent")
    page = await n.poster(adresse, donnees)
    assert page.statut == 403
    assert "Vous vous êtes reconnecté entre-temps" in page.texte
    await n.envoyer("Envoyer")
    assert n.page.chemin == dossier
    assert "L’orientation est retirée." in n.page.texte


@pytest.mark.parametrize("piege", PIEGES)
async def test_un_texte_hostile_se_lit_et_n_agit_pas(navigateur: Navigateur, piege: str) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await n.suivre("Orienter un ménage")
    await n.envoyer("Continuer", **{**MENAGE, "nom": piege, "prenom": "", "adresse": piege})
    pages = [n.page]  # typed and shown again
    await n.envoyer("Enregistrer", nom=piege, prenom=piege, adresse=piege)
    pages.append(n.page)  # in the list of drafts
    await n.aller("/orientations")
    await remplir(n, nom=piege, adresse=piege, telephone=piege)
    pages.append(n.page)
    await n.aller(n.page.chemin.replace("verifier", "motif"))
    await n.envoyer("Continuer", motifs=["impayes"], constat=piege, expose=piege)
    await n.aller(n.page.chemin.replace("accord", "verifier"))
    pages.append(n.page)
    await n.envoyer("Envoyer à")
    pages.append(n.page)
    pages.append(await n.aller("/orientations"))
    for page in pages:
        for balise, attributs in page.balises:
            assert not [nom for nom in attributs if nom.startswith("on")], (page.chemin, attributs)
            assert not any(v.lower().startswith("javascript:") for n, v in attributs.items() if n in ("href", "action"))
            if balise in ("script", "img"):
                assert attributs["src"].startswith("/statique/"), (page.chemin, attributs)
        assert "49" not in page.texte
    assert any(piege in html.unescape(page.html) for page in pages)


async def test_introuvable_et_interdit_se_ressemblent(navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n, autre = navigateur, ouvrir()
    await n.se_connecter("semis.agent")
    dossier = await orienter(n, nom="Exemple-Frontiere")
    await autre.se_connecter("autre-bailleur.agent")
    pages = []
    for chemin in (dossier, f"/dossiers/{uuid4()}", f"{dossier}/retirer", "/dossiers/pas-un-uuid", "/nulle-part"):
        page = await autre.aller(chemin)
        assert page.statut == 404, chemin
        pages.append(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|jeton\" value=\"[^\"]*", "", page.html))
        assert "Exemple" not in page.html
    assert len(set(pages)) == 1
    asso = ouvrir()
    await asso.se_connecter("tremplin17.referent")
    for chemin in ("/orientations", "/orientations/nouvelle", f"{dossier}/retirer"):
        assert (await asso.aller(chemin)).statut == 404, chemin


async def test_service_absent_rien_de_ce_qui_est_tape_n_est_perdu(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await remplir(n, nom="Exemple-Panne")
    moyens = lieu.app.state.moyens
    lieu.app.state.moyens = msgspec.structs.replace(moyens, urls={**moyens.urls, "dossiers": "http://127.0.0.1:1"})
    try:
        page = await n.envoyer("Envoyer à")
        assert page.statut == 503
        assert "Le service ne répond pas" in page.texte
        assert (await n.aller("/orientations")).statut == 503
    finally:
        lieu.app.state.moyens = moyens
    await n.aller("/orientations")
    await n.suivre("Camille Exemple-Panne")
    assert n.page.chemin.endswith("/accord")
    await n.envoyer("Continuer")
    await n.envoyer("Envoyer à")
    assert "L’orientation est envoyée." in n.page.texte


async def test_service_absent_le_meme_formulaire_se_renvoie(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await orienter(n, nom="Exemple-Panne2")
    await n.suivre("Retirer cette orientation")
    moyens = lieu.app.state.moyens
    lieu.app.state.moyens = msgspec.structs.replace(moyens, urls={**moyens.urls, "dossiers": "http://127.0.0.1:1"})
    try:
        await n.envoyer("Retirer l’orientation", motif="erreur")
        assert n.page.statut == 503
    finally:
        lieu.app.state.moyens = moyens
    await n.envoyer("Réessayer")
    assert "L’orientation est retirée." in n.page.texte


async def test_chaque_page_porte_ses_protections(navigateur: Navigateur) -> None:
    n = navigateur
    await n.aller("/")
    await n.se_connecter("semis.agent")
    await orienter(n, nom="Exemple-Entetes")
    for chemin in ("/accessibilite", "/vie-privee", "/deconnexion", "/nulle-part", "/orientations?etat=termines"):
        await n.aller(chemin)
    pages = [r for r in n.recues if str(r.url).startswith(n.adresse) and "html" in r.headers.get("content-type", "")]
    assert len(pages) > 8
    for reponse in pages:
        csp = reponse.headers["content-security-policy"]
        assert csp.startswith("default-src 'none'")
        assert "unsafe" not in csp
        assert "frame-ancestors 'none'" in csp
        assert reponse.headers["cache-control"] == "no-store"
        assert reponse.headers["x-frame-options"] == "DENY"
        assert reponse.headers["x-content-type-options"] == "nosniff"
        for balise, attributs in Page(reponse).balises:
            assert balise != "style"
            assert balise != "script" or attributs["src"].startswith("/statique/")
            assert not [nom for nom in attributs if nom == "style" or nom.startswith("on")], reponse.url
            assert not [v for n, v in attributs.items() if n in ("src", "href") and re.match("(https?:)?//", v)]


async def test_les_statiques_se_gardent_et_pesent_peu(navigateur: Navigateur) -> None:
    n = navigateur
    page = await n.aller("/")
    adresses = set(re.findall(r'(?:src|href)="(/statique/[^"]+)"', page.html))
    poids = len(page.reponse.content)
    async with httpx.AsyncClient(base_url=n.adresse) as client:
        for adresse in adresses:
            async with client.stream("GET", adresse) as reponse:
                brut = b"".join([morceau async for morceau in reponse.aiter_raw()])
            assert "immutable" in reponse.headers["cache-control"]
            poids += len(brut)
        assert (await client.get("/statique/axe.js")).status_code == 404
        assert (await client.get("/statique/../manifest.json")).status_code == 404
    assert poids < 100_000


async def test_un_brouillon_est_illisible_en_base_et_part_avec_son_menage(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.responsable")
    dossier = await orienter(n, nom="Exemple-Oubli")
    await n.suivre("Retirer cette orientation")
    await n.envoyer("Retirer l’orientation", motif="erreur")
    await n.suivre("Orienter ce ménage")
    await n.envoyer("Enregistrer", constat="Phrase secrète du brouillon.", motifs=["impayes"])
    assert "Ménage déjà enregistré" in n.page.texte
    base = await asyncpg.connect(lieu.monde.acces.dsn("portail", "proprietaire"))
    try:
        await base.execute("ALTER TABLE portail.brouillons NO FORCE ROW LEVEL SECURITY")
        rows = await base.fetch("SELECT * FROM portail.brouillons")
        assert "secrète" not in repr([dict(row) for row in rows])
        efface = await lieu.monde.poster("semis.responsable", f"/v1{dossier}/effacer-donnees")
        assert efface.status_code == 200, efface.text
        for _ in range(400):
            reste = await base.fetchval(
                "SELECT count(*) FROM portail.brouillons WHERE dossier = $1", dossier.rpartition("/")[2]
            )
            if not reste:
                break
            await asyncio.sleep(0.05)
        assert reste == 0
    finally:
        await base.execute("ALTER TABLE portail.brouillons FORCE ROW LEVEL SECURITY")
        await base.close()
    assert "Ménage déjà enregistré" not in (await n.aller("/orientations")).texte
