"""What each account is offered, and what the others are: nobody reads more than docs/partage.md gives them, and nothing
that was typed acts in anybody's browser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from playwright.async_api import Browser

from captures.chromium import fenetre
from captures.exploration import Vue, genre
from tests.navigateur.conftest import Lieu, Plantation, sans_id
from tests.navigateur.marques import PIEGE, Marque
from tests.navigateur.regard import ecouter

INCONNUE = "/dossiers/00000000-0000-4000-8000-00000000dead"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _fuites(vues: Iterable[Vue], marques: Sequence[Marque]) -> set[str]:
    return {
        f"{vue.compte} reads « {marque.nom} » at {vue.adresse}"
        for vue in vues
        for marque in marques
        if vue.compte not in marque.lecteurs and marque.texte in vue.html
    }


async def test_nul_ne_lit_ce_qui_n_est_pas_pour_lui(vues: list[Vue], plantation: Plantation) -> None:
    fuites = _fuites(vues, plantation.marques)
    assert not fuites, "\n".join(sorted(fuites))


async def test_chacun_lit_ce_qui_est_pour_lui(vues: list[Vue], plantation: Plantation) -> None:
    """Otherwise the proof above would be about pages that show nothing."""
    lus = {(v.compte, m.nom, m.texte) for v in vues for m in plantation.marques if m.texte in v.html}
    attendus = {
        (compte, m.nom, m.texte)
        for m in plantation.marques
        for compte in m.lecteurs
        if compte.endswith((".agent", ".referent")) and not m.nom.startswith("engagement.")
    }
    assert attendus <= lus, "\n".join(sorted(map(str, attendus - lus)))


async def test_l_adresse_d_un_autre_ne_dit_rien(lieu: Lieu, vues: list[Vue], plantation: Plantation) -> None:
    """Every kind of page that any account was led to, about the planted households, asked for by all the others."""
    offertes = {(v.compte, v.adresse.partition("?")[0]) for v in vues}
    demandes = {a for _, a in offertes if any(d in a for d in plantation.dossiers) or genre(a).count("{}") == 0}
    parlantes: list[str] = []
    lues: list[Vue] = []
    for compte in lieu.ici.comptes:
        visiteur = await lieu.visiteur(compte)
        inconnue = _nue((await visiteur.lire(INCONNUE)).html)
        for adresse in sorted(demandes - {a for c, a in offertes if c == compte}):
            vue = await visiteur.lire(adresse)
            lues.append(vue)
            if vue.statut == 404 and _nue(vue.html) != inconnue:
                parlantes.append(f"{compte}: {adresse} is forbidden otherwise than unknown")
            if vue.statut >= 500:
                parlantes.append(f"{compte}: {adresse} answers {vue.statut}")
    assert not parlantes, "\n".join(parlantes)
    fuites = _fuites(lues, plantation.marques)
    assert not fuites, "\n".join(sorted(fuites))
    assert sum(vue.statut == 404 for vue in lues) > len(lues) / 2


def _nue(html: str) -> str:
    """A page without what changes at each display."""
    return re.sub(r'name="jeton" value="[^"]*"', "", sans_id(html))


async def test_un_reseau_ne_se_compte_pas_chez_l_autre(plantation: Plantation) -> None:
    """Not one word of the other network's pages, hence not one count, moved while the first one worked."""
    changees = [adresse for adresse, texte in plantation.avant.items() if plantation.apres.get(adresse) != texte]
    assert not changees
    assert len(plantation.avant) > 10


async def test_un_texte_garde_n_agit_dans_aucun_navigateur(lieu: Lieu, navigateur: Browser, vues: list[Vue]) -> None:
    hostiles: dict[tuple[str, str], Vue] = {}
    for vue in vues:
        if "data-perce" in vue.html:
            hostiles.setdefault((vue.compte.partition(".")[0], vue.genre), vue)
    assert len({genre for _, genre in hostiles}) > 5
    percees: list[str] = []
    for compte in {vue.compte for vue in hostiles.values()}:
        async with fenetre(navigateur, await lieu.visiteur(compte)) as page:
            plaintes = ecouter(page)
            for vue in (v for v in hostiles.values() if v.compte == compte):
                await page.goto(f"{lieu.adresse}{vue.adresse}")
                if await page.evaluate(PERCE) or plaintes:
                    percees.append(f"{compte} {vue.adresse} {plaintes}")
    assert not percees, "\n".join(percees)


async def test_une_adresse_hostile_n_agit_pas(lieu: Lieu, vues: list[Vue]) -> None:
    """Each value of each page's query, and each part of each address, in turn."""
    par_genre = {(v.compte, v.genre): v for v in vues if v.statut == 200}
    percees: list[str] = []
    for vue in par_genre.values():
        visiteur = await lieu.visiteur(vue.compte)
        for adresse in _hostiles(vue.adresse):
            lue = await visiteur.lire(adresse)
            if lue.statut >= 500 or any("data-perce" in attributs for _, attributs in lue.feuille.balises):
                percees.append(f"{vue.compte} {adresse} ({lue.statut})")
    assert not percees, "\n".join(percees)


def _hostiles(adresse: str) -> list[str]:
    parts = urlsplit(adresse)
    query = parse_qsl(parts.query, keep_blank_values=True)
    found = [f"{parts.path}?{urlencode({**dict(query), nom: PIEGE})}" for nom, _ in query]
    morceaux = parts.path.split("/")
    return found + [
        "/".join([*morceaux[:rang], quote(PIEGE, safe=""), *morceaux[rang + 1 :]])
        for rang, morceau in enumerate(morceaux)
        if _ID.fullmatch(morceau)
    ]


async def test_un_texte_hostile_renvoye_par_un_formulaire_n_agit_pas(
    lieu: Lieu, navigateur: Browser, vues: list[Vue]
) -> None:
    """Each form's every free text, sent back because something else is missing."""
    avec = {v.genre: v for v in vues if any(f.libres for f in v.feuille.formulaires if f.methode == "post")}
    assert avec
    percees: list[str] = []
    for vue in avec.values():
        async with fenetre(navigateur, await lieu.visiteur(vue.compte)) as page:
            plaintes = ecouter(page)
            await page.goto(f"{lieu.adresse}{vue.adresse}")
            async with page.expect_navigation():
                await page.evaluate(EMPOISONNER, PIEGE)
            if await page.evaluate(PERCE) or plaintes:
                percees.append(f"{vue.compte} {vue.adresse} {plaintes}")
    assert not percees, "\n".join(percees)


async def test_aucune_page_ne_se_laisse_encadrer(lieu: Lieu, navigateur: Browser) -> None:
    async with fenetre(navigateur, await lieu.visiteur("semis.agent")) as page:
        await page.goto(f"{lieu.ici.poste.url}/jwks")  # another origin of this machine
        await page.evaluate(
            "u => { const f = document.createElement('iframe'); f.src = u; document.body.append(f) }",
            f"{lieu.adresse}/orientations",
        )
        await page.wait_for_timeout(800)
        [cadre] = page.frames[1:]
        assert "Mes orientations" not in await cadre.content()


PERCE = "() => window.perce === 1 || document.querySelector('[data-perce]') !== null"
EMPOISONNER = """piege => {
  const form = [...document.querySelectorAll('form[method=post]')]
    .find(f => f.querySelector('textarea, input:not([type=hidden]):not([type=radio]):not([type=checkbox])'))
  for (const e of form.elements) {
    if (e.matches('[type=radio], [type=checkbox]')) e.checked = false
    else if (e.matches('textarea, input:not([type=hidden])')) e.value = piege
  }
  form.requestSubmit()
}"""
