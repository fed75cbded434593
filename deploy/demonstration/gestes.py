"""What people do in the story: each gesture is one person's few requests to the services, in the order they make them.

A gesture is called with the game, the household and its rank among those of the same name. Its command ids follow from
these three, so that a day played twice changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID, uuid5

from contracts import dossiers as d
from deploy.demonstration import textes
from deploy.demonstration.menages import Menage
from deploy.machine.comptes import NAMESPACE, Api, DemandeRefusee
from deploy.terminal import Impossible
from jeu import dossiers as g
from jeu.gens import SAINTES
from jeu.geste import Geste
from services.socle.base.calendar import ajouter_mois, echeances

T = TypeVar("T")

AGENT, RESPONSABLE, COORDINATEUR = SAINTES.agent, SAINTES.responsable, SAINTES.coordinateur
REFERENTS = (f"{SAINTES.referent}2", SAINTES.referent)
AUSSI = "difficultes-administratives-ou-juridiques"
"""A theme everybody has, beside those of their public."""


def referent(m: Menage) -> str:
    """The référents' caseloads are balanced: one household in two."""
    return REFERENTS[m.numero % 2]


class Jeu:
    """The story being played: how to reach the services, and the ids they gave. `dossiers` by household's number,
    `versions` by dossier, as of the last command."""

    def __init__(self, api: Api, membres: Mapping[str, UUID], organisations: Mapping[str, UUID]) -> None:
        self.api, self.membres, self.organisations = api, membres, organisations
        self.dispositif = self.convention = UUID(int=0)
        self.dossiers: dict[int, UUID] = {}
        self.versions: dict[UUID, int] = {}
        self.aujourd_hui = date.min

    @property
    def accord(self) -> g.Accord:
        return g.Accord(self.organisations[SAINTES.association], self.dispositif, self.convention)

    async def faire(self, compte: str, m: Menage, geste: Geste[Any], rang: int = 1) -> None:
        dossier = self.dossiers[m.numero]
        effet = await self.api.faire(compte, geste, f"s1:{m.numero}:{geste.nom}:{rang}", dossier)
        self.versions[dossier] = effet["version"]


def _id(m: Menage, quoi: str, rang: int = 1) -> UUID:
    return uuid5(NAMESPACE, f"s1:{m.numero}:{quoi}:{rang}")


def _choix(m: Menage, parmi: Sequence[T], rang: int = 0) -> T:
    return parmi[(m.numero + rang) % len(parmi)]


# SEMIS spots, meets, and asks


async def reperer(jeu: Jeu, m: Menage, rang: int) -> None:
    foyer, quartier = m.foyer, m.quartier
    geste = g.reperer(
        _id(m, "menage"),
        d.Identite(
            nom=m.nom,
            prenom=_choix(m, textes.PRENOMS),
            telephone=f"06 39 98 00 {m.numero:02d}",  # numbers kept for fiction by the regulator
            courriel=f"exemple{m.numero:02d}@exemple.example",
            adresse=f"{m.numero} rue de l'Exemple, {quartier.nom}, 17100 Saintes",
        ),
        foyer,
        d.Logement("17415", quartier.qpv, f"t{min(5, 2 + foyer.enfants)}"),
        [m.public.code],
    )
    jeu.dossiers[m.numero] = UUID((await jeu.api.faire(AGENT, geste, f"s1:{m.numero}:reperer"))["id"])
    await jeu.faire(AGENT, m, g.poser_diagnostic(m.public.motifs, _choix(m, textes.CONSTATS[m.public.code])))


async def rencontrer(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(AGENT, m, g.tenir_rencontre("visite_domicile" if rang > 1 else "rendez_vous_bureau"), rang)


async def decliner(jeu: Jeu, m: Menage, rang: int) -> None:
    """The household says no to the landlord: the association never hears of it."""
    await jeu.faire(AGENT, m, g.clore("demande_menage"))


async def orienter(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(AGENT, m, g.recueillir_consentement())
    await _demander(jeu, m, rang)


async def orienter_sans_place(jeu: Jeu, m: Menage, rang: int) -> None:
    """All places are taken: the request is refused, and nothing is transmitted."""
    await jeu.faire(AGENT, m, g.recueillir_consentement())
    await _attendre_complet(jeu)
    async with _sans_place(m):
        await _demander(jeu, m, rang)


async def _attendre_complet(jeu: Jeu) -> None:
    """Until the landlord is shown that no place is left: the last one was given a moment ago, in another dossier."""
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            while (await jeu.api.lire(AGENT, "dossiers", f"/conventions/{jeu.convention}/places"))["libres"]:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def _sans_place(m: Menage) -> AsyncIterator[None]:
    """What is asked in the block must be refused for want of a place. Raises Impossible, DemandeRefusee."""
    try:
        yield
    except DemandeRefusee as refus:
        if refus.code != "capacite_atteinte":
            raise
    else:
        raise Impossible(f"L'histoire voulait qu'il ne reste plus de place pour le ménage {m.numero} : il en restait.")


async def _demander(jeu: Jeu, m: Menage, rang: int) -> None:
    expose = _choix(m, textes.CONSTATS[m.public.code])
    await jeu.faire(AGENT, m, g.orienter(jeu.accord, m.public.motifs, expose), rang)


async def retirer(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(AGENT, m, g.retirer_orientation())


async def retirer_consentement(jeu: Jeu, m: Menage, rang: int) -> None:
    """The request is taken back with the agreement it stood on."""
    await jeu.faire(AGENT, m, g.retirer_consentement())


# Tremplin 17 answers


async def etudier(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(COORDINATEUR, m, g.mettre_a_l_etude())


async def accepter(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(COORDINATEUR, m, g.accepter())
    await jeu.faire(COORDINATEUR, m, g.designer_referent(jeu.membres[referent(m)]))


async def refuser(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(COORDINATEUR, m, g.refuser("hors_public"))


async def refuser_faute_de_place(jeu: Jeu, m: Menage, rang: int) -> None:
    """The last place went to another while the request was studied: the acceptance is refused, so the association does."""
    async with _sans_place(m):
        await jeu.faire(COORDINATEUR, m, g.accepter())
    await jeu.faire(COORDINATEUR, m, g.refuser("capacite_atteinte"))


# The référent and the household


async def adherer(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(referent(m), m, g.tenir_rencontre())
    await jeu.faire(referent(m), m, g.recueillir_adhesion())


async def refuser_adhesion(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(referent(m), m, g.tenir_rencontre())
    await jeu.faire(referent(m), m, g.refuser_adhesion())


async def tenir_entretien(jeu: Jeu, m: Menage, rang: int) -> None:
    besoins = [d.Besoin(theme, score, textes.PRECISIONS[theme]) for theme, score in scores(m, 0).items()]
    await jeu.faire(referent(m), m, g.tenir_entretien(besoins, _choix(m, textes.SYNTHESES_ENTRETIEN)))
    await _noter(jeu, m, "referent", textes.NOTES_REFERENT, 1)


async def contracter(jeu: Jeu, m: Menage, rang: int) -> None:
    """The référent prepares the contract and brings it to the household; both sign on paper, at its table."""
    debut = jeu.aujourd_hui
    fin = ajouter_mois(debut, 12) - timedelta(days=1)
    objectifs = [
        d.Objectif(_id(m, "objectif", n), theme, textes.OBJECTIFS[theme], fin)
        for n, theme in enumerate(m.public.themes)
    ]
    engagements = [d.Engagement(partie, texte) for partie, texte in textes.ENGAGEMENTS.items()]
    calendrier = echeances(debut, fin, 2)
    qui, contrat = referent(m), _id(m, "contrat")
    await jeu.faire(qui, m, g.preparer_contrat(contrat, debut, fin, objectifs, engagements, calendrier))
    if m.numero % 3:
        await jeu.faire(qui, m, g.recueillir_consentement("partage_synthese", "visite_domicile"), 2)
    for n, partie in enumerate(("menage", "association")):
        await jeu.faire(qui, m, g.signer_contrat(contrat, partie), n)


async def signer_pour_le_bailleur(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(RESPONSABLE, m, g.signer_contrat(_id(m, "contrat"), "bailleur", "electronique"), 2)


async def reevaluer(jeu: Jeu, m: Menage, rang: int) -> None:
    notes = [d.Score(theme, score) for theme, score in scores(m, rang).items()]
    progressions = [d.Progression(_id(m, "objectif", n), avancement(m, n, rang)) for n in range(len(m.public.themes))]
    synthese = _choix(m, textes.SYNTHESES_REVUE, rang)
    await jeu.faire(referent(m), m, g.reevaluer(notes, progressions, synthese), rang)
    if rang == 1:
        await _noter(jeu, m, "equipe", textes.NOTES_EQUIPE, 2)


async def _noter(jeu: Jeu, m: Menage, niveau: str, parmi: Sequence[str], rang: int) -> None:
    await jeu.faire(referent(m), m, g.deposer_note(_id(m, "note", rang), niveau, _choix(m, parmi)), rang)


def scores(m: Menage, revue: int) -> dict[str, int]:
    """Each theme's score at the interview (0) and at each review: it rises by fits and starts, and sometimes falls."""
    hasard = Random(m.numero)  # the same story every time
    suivi = {}
    for theme in (*m.public.themes, AUSSI):
        score = hasard.choice((1, 2, 2, 3))
        pas = [hasard.choice((-1, 0, 1, 1, 1)) for _ in range(6)]
        suivi[theme] = max(1, min(5, score + sum(pas[:revue])))
    return suivi


def avancement(m: Menage, objectif: int, revue: int) -> int:
    """How far an objective has come, in percent; those of a household that ends well are reached."""
    return min(100, revue * (25 if objectif else 20) + m.numero % 4 * 5)


async def lire_sa_boite(jeu: Jeu, compte: str) -> None:
    """At the month's end a référent has read every message."""
    nouveaux = await jeu.api.liste(compte, "notifications", "/boite", non_lus="true")
    await asyncio.gather(
        *(
            jeu.api.une_fois(compte, "notifications", f"/boite/{m['message']}/lire", {}, f"s1:lu:{m['message']}")
            for m in nouveaux
        )
    )


# The end


async def clore(jeu: Jeu, m: Menage, rang: int) -> None:
    assert m.fin is not None
    await jeu.faire(referent(m), m, g.clore(m.fin.motif, m.fin.situation))


async def oublier(jeu: Jeu, m: Menage, rang: int) -> None:
    """Each organisation destroys its own copy."""
    await asyncio.gather(
        jeu.faire(RESPONSABLE, m, g.effacer_donnees()), jeu.faire(COORDINATEUR, m, g.effacer_donnees(), 2)
    )
