"""Every page and state that a link or a faulty form leads to: axe, dark colours, 320 px, 200 %, the console.

Pages are found by following links (captures/exploration.py), so that a new one is held to the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from urllib.parse import urlsplit

from fastapi.routing import APIRoute
from playwright.async_api import Browser, Page, expect

from captures.chromium import fenetre
from captures.etats import fauter
from captures.exploration import Vue, choisir
from services.portail.sommaire import PAGES
from tests.navigateur.conftest import Lieu
from tests.navigateur.regard import axe, ecouter, regarder

A_LA_FOIS = 2

Examen = Callable[[Page, Vue], Coroutine[None, None, list[str]]]


async def test_chaque_lien_mene_a_une_page(vues: list[Vue]) -> None:
    mortes = {f"{v.compte}: {v.adresse} ({v.statut}, from {v.depuis})" for v in vues if v.statut != 200}
    assert not mortes, "\n".join(sorted(mortes))


SANS_LIEN = frozenset(
    {"/", "/connexion", "/deconnecte", *(f"/orientations/nouvelle/{{id_}}/{p}" for p in ("accord", "verifier"))}
)
PARFOIS = frozenset({f"/dossiers/{{dossier}}/{p}" for p in ("notes", "signer", "effacer")})
"""What no link leads to once one is signed in: the way in and out, and pages that come after a form. What only some sheets
lead to: of households with more notes than a sheet shows, whose contract awaits the landlord, whose follow-up is over."""


async def test_chaque_page_du_sommaire_se_trouve_en_suivant_des_liens(vues: list[Vue]) -> None:
    chemins = {urlsplit(vue.adresse).path for vue in vues if vue.statut == 200}
    routes = {page.adresse: [r for r in page.routes.routes if isinstance(r, APIRoute)] for page in PAGES}
    perdues = {a for a, rs in routes.items() if not any(r.path_regex.match(c) for r in rs for c in chemins)}
    assert perdues - PARFOIS == SANS_LIEN


async def test_chaque_page_se_lit_par_tous(lieu: Lieu, navigateur: Browser, vues: list[Vue]) -> None:
    async def examiner(page: Page, vue: Vue) -> list[str]:
        return await regarder(page)

    fautes = await _partout(lieu, navigateur, choisir(vues), examiner)
    assert not fautes, "\n".join(fautes)


async def test_chaque_formulaire_fautif_dit_ou_et_quoi(lieu: Lieu, navigateur: Browser, vues: list[Vue]) -> None:
    """The summary takes the focus, each of its lines leads to a field that says what is wrong, and axe finds nothing."""
    fautifs: set[str] = set()

    async def examiner(page: Page, vue: Vue) -> list[str]:
        if not await fauter(page):
            return []
        fautifs.add(vue.genre)
        resume = page.locator(".govuk-error-summary")
        await expect(resume).to_be_focused()
        assert (await page.title()).startswith("Erreur")
        for lien in await resume.get_by_role("link").all():
            champ = page.locator((await lien.get_attribute("href")) or "")
            await expect(champ).to_have_count(1)
            await lien.click()
            await expect(champ).to_be_focused()
        return await regarder(page)

    avec = {v.genre: v for v in vues if any(f.methode == "post" and f.action for f in v.feuille.formulaires)}
    fautes = await _partout(lieu, navigateur, list(avec.values()), examiner)
    assert not fautes, "\n".join(fautes)
    assert len(fautifs) >= 5


async def test_avant_la_connexion(lieu: Lieu, navigateur: Browser) -> None:
    async with fenetre(navigateur) as page:
        plaintes = ecouter(page)
        for chemin in ("/", "/connexion", "/deconnecte", "/accessibilite", "/vie-privee", "/nulle-part"):
            await page.goto(f"{lieu.adresse}{chemin}")
            assert not await regarder(page), chemin
        assert not plaintes


async def test_axe_trouve_ce_qui_manque(lieu: Lieu, navigateur: Browser) -> None:
    """The instrument itself: a page with a fault is not found clean, whatever its policy."""
    async with fenetre(navigateur) as page:
        await page.goto(lieu.adresse)
        await page.evaluate("document.querySelector('main').append(document.createElement('input'))")
        assert [faute for faute in await axe(page) if faute.startswith("label")]


async def _partout(lieu: Lieu, navigateur: Browser, vues: Sequence[Vue], examiner: Examen) -> list[str]:
    """What `examiner` finds on each of these pages, and what the browser complains of meanwhile."""
    fautes: list[str] = []
    comptes = sorted({vue.compte for vue in vues}, key=lambda c: sum(vue.compte == c for vue in vues))

    async def au_travail() -> None:
        while comptes:
            compte = comptes.pop()
            async with fenetre(navigateur, await lieu.visiteur(compte)) as page:
                plaintes = ecouter(page)
                for vue in (vue for vue in vues if vue.compte == compte):
                    await page.goto(f"{lieu.adresse}{vue.adresse}")
                    fautes.extend(f"{compte} {vue.adresse}: {f}" for f in [*await examiner(page, vue), *plaintes])
                    plaintes.clear()

    await asyncio.gather(*(au_travail() for _ in range(A_LA_FOIS)))
    return sorted(fautes)
