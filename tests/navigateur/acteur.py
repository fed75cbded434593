"""A person at a real browser: presses, types and chooses by what the page says, with a mouse or by keyboard alone.

A task is written once, in the words of the page, and played in each way of using it. `clics` counts what leads somewhere
(links, buttons): choosing and typing are counted apart, as the answers a person gives.
"""

from __future__ import annotations

import re
from enum import Enum

from playwright.async_api import Locator, Page, expect

TABULATIONS = 150
"""More presses of Tab than any page needs from its top to its end."""


class Maniere(Enum):
    """How the person uses the page."""

    SOURIS = "à la souris"
    SANS_JAVASCRIPT = "sans JavaScript"
    CLAVIER = "au clavier seul"


def libelle(texte: str) -> re.Pattern[str]:
    """A label, whether or not it says that it may be left empty."""
    return re.compile(rf"^\s*{re.escape(texte)}\s*(\(facultatif\))?\s*$".replace(r"\ ", r"\s+"))


class Acteur:
    def __init__(self, page: Page, adresse: str, maniere: Maniere) -> None:
        self.page, self.adresse, self.maniere = page, adresse, maniere
        self.clics = 0

    @property
    def chemin(self) -> str:
        return self.page.url.removeprefix(self.adresse).partition("?")[0]

    async def se_connecter(self, compte: str) -> None:
        """From the front page, through the provider's, as everybody does."""
        await self.page.goto(self.adresse)
        await self.suivre("Se connecter")
        await self.suivre("Comptes de démonstration")
        await self._presser(self.page.get_by_role("link", name=re.compile(rf"^{re.escape(compte)}\b(?!\d)")))
        await self.page.wait_for_url(f"{self.adresse}/**")
        self.clics = 0

    async def aller(self, chemin: str) -> None:
        await self.page.goto(f"{self.adresse}{chemin}")

    async def suivre(self, texte: str | re.Pattern[str]) -> None:
        """The first link that reads `texte`."""
        self.clics += 1
        lien = self.page.get_by_role("link", name=texte).or_(self.page.get_by_role("button", name=texte))
        await self._presser(lien.first)

    async def presser(self, texte: str | re.Pattern[str]) -> None:
        self.clics += 1
        await self._presser(self.page.get_by_role("button", name=texte).first)

    async def ecrire(self, champ: str, texte: str) -> None:
        zone = self.page.get_by_label(libelle(champ))
        if self.maniere is not Maniere.CLAVIER:
            await zone.fill(texte)
            return
        await self._atteindre(zone)
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.type(texte)

    async def choisir(self, champ: str, choix: str) -> None:
        """A line of a list."""
        liste = self.page.get_by_label(libelle(champ))
        if self.maniere is not Maniere.CLAVIER:
            await liste.select_option(label=choix)
            return
        await self._atteindre(liste)
        await self.page.keyboard.type(choix[:40])
        await expect(liste.locator("option:checked")).to_have_text(choix)

    async def cocher(self, texte: str, question: str | None = None) -> None:
        """A box, or one answer of a question."""
        groupe = self.page.get_by_role("group", name=question) if question else self.page
        case = groupe.get_by_label(libelle(texte)).first
        if self.maniere is not Maniere.CLAVIER:
            await case.check()
            return
        if await case.get_attribute("type") == "radio":
            await self._atteindre_une_reponse(case)
        else:
            await self._atteindre(case)
        if not await case.is_checked():
            await self.page.keyboard.press("Space")
        await expect(case).to_be_checked()

    async def voit(self, texte: str | re.Pattern[str]) -> None:
        """Wait until the page's main part says it."""
        await expect(self.page.get_by_role("main")).to_contain_text(texte)

    async def _presser(self, quoi: Locator) -> None:
        if self.maniere is not Maniere.CLAVIER:
            await quoi.click()
            return
        await self._atteindre(quoi)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_load_state()

    async def _atteindre(self, quoi: Locator) -> None:
        """Tab until it has the focus, which must then be seen."""
        await expect(quoi).to_be_visible()
        for _ in range(TABULATIONS):
            if await quoi.evaluate("e => e === document.activeElement"):
                assert await quoi.evaluate(VISIBLE), f"focus not seen: {await quoi.inner_text()}"
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"not reached by Tab: {quoi}")

    async def _atteindre_une_reponse(self, reponse: Locator) -> None:
        """Tab into the question, then arrows to the answer: a radio group takes one Tab."""
        nom = await reponse.get_attribute("name")
        for _ in range(TABULATIONS):
            if await self.page.evaluate("n => document.activeElement?.name === n", nom):
                break
            await self.page.keyboard.press("Tab")
        for _ in range(20):
            if await reponse.evaluate("e => e === document.activeElement"):
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"not reached by keyboard: {nom}")


VISIBLE = """e => {
  const seen = n => { const s = getComputedStyle(n); return s.outlineStyle !== 'none' || s.boxShadow !== 'none' }
  const label = e.labels && e.labels[0]
  return seen(e) || (label && ['::before', '::after'].some(p => getComputedStyle(label, p).boxShadow !== 'none'
    || getComputedStyle(label, p).outlineStyle !== 'none'))
}"""
