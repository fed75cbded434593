"""What people do in the story: each gesture is one person's few requests to the services, in the order they make them.

A gesture is called with the game, the household and its rank among those of the same name. Its command ids follow from
these three, so that a day played twice changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID, uuid5

from deploy.demonstration import textes
from deploy.demonstration.menages import Menage
from deploy.machine.comptes import NAMESPACE, Api, DemandeRefusee
from deploy.terminal import Impossible
from services.socle.base.calendar import ajouter_mois, echeances

T = TypeVar("T")

AGENT, RESPONSABLE, COORDINATEUR = "semis.agent", "semis.responsable", "tremplin17.coordinateur"
REFERENTS = ("tremplin17.referent2", "tremplin17.referent")
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

    async def faire(self, compte: str, m: Menage, commande: str, rang: int = 1, **corps: Any) -> None:
        dossier = self.dossiers[m.numero]
        quoi = f"s1:{m.numero}:{commande}:{rang}"
        effet = await self.api.une_fois(compte, "dossiers", f"/dossiers/{dossier}/{commande}", corps, quoi)
        self.versions[dossier] = effet["version"]


def _id(m: Menage, quoi: str, rang: int = 1) -> str:
    return str(uuid5(NAMESPACE, f"s1:{m.numero}:{quoi}:{rang}"))


def _choix(m: Menage, parmi: Sequence[T], rang: int = 0) -> T:
    return parmi[(m.numero + rang) % len(parmi)]


# SEMIS spots, meets, and asks


async def reperer(jeu: Jeu, m: Menage, rang: int) -> None:
    foyer, quartier = m.foyer, m.quartier
    corps = {
        "menage": _id(m, "menage"),
        "identite": {
            "nom": m.nom,
            "prenom": _choix(m, textes.PRENOMS),
            "telephone": f"06 39 98 00 {m.numero:02d}",  # numbers kept for fiction by the regulator
            "courriel": f"exemple{m.numero:02d}@exemple.example",
            "adresse": f"{m.numero} rue de l'Exemple, {quartier.nom}, 17100 Saintes",
        },
        "composition": {
            "adultes": foyer.adultes,
            "enfants": foyer.enfants,
            "type_menage": foyer.type_menage,
            "tranche_age": foyer.tranche_age,
        },
        "logement": {"commune": "17415", "qpv": quartier.qpv, "typologie": f"t{min(5, 2 + foyer.enfants)}"},
        "publics": [m.public.code],
    }
    repere = await jeu.api.une_fois(AGENT, "dossiers", "/dossiers/reperer", corps, f"s1:{m.numero}:reperer")
    jeu.dossiers[m.numero] = UUID(repere["id"])
    constat = _choix(m, textes.CONSTATS[m.public.code])
    await jeu.faire(AGENT, m, "poser-diagnostic", motifs=m.public.motifs, constat=constat)


async def rencontrer(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(AGENT, m, "tenir-rencontre", rang, support="visite_domicile" if rang > 1 else "rendez_vous_bureau")


async def decliner(jeu: Jeu, m: Menage, rang: int) -> None:
    """The household says no to the landlord: the association never hears of it."""
    await jeu.faire(AGENT, m, "clore", motif="demande_menage", situation="maintien_logement")


async def orienter(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(AGENT, m, "recueillir-consentement", finalite="transmission", support="rendez_vous_bureau")
    await _demander(jeu, m, rang)


async def orienter_sans_place(jeu: Jeu, m: Menage, rang: int) -> None:
    """All places are taken: the request is refused, and nothing is transmitted."""
    await jeu.faire(AGENT, m, "recueillir-consentement", finalite="transmission", support="rendez_vous_bureau")
    await _attendre_complet(jeu)
    try:
        await _demander(jeu, m, rang)
    except DemandeRefusee as refus:
        if refus.code != "capacite_atteinte":
            raise
    else:
        raise Impossible(f"L'histoire voulait qu'il ne reste plus de place pour le ménage {m.numero} : il en restait.")


async def _attendre_complet(jeu: Jeu) -> None:
    """Until the landlord is shown that no place is left: the last one was given a moment ago, in another dossier."""
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            while (await jeu.api.lire(AGENT, "dossiers", f"/conventions/{jeu.convention}/places"))["libres"]:
                await asyncio.sleep(0.02)


async def _demander(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(
        AGENT, m, "orienter", rang,
        association=str(jeu.organisations["tremplin17"]), dispositif=str(jeu.dispositif), convention=str(jeu.convention),
        motifs=m.public.motifs, expose=_choix(m, textes.CONSTATS[m.public.code]),
    )  # fmt: skip


async def retirer(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(AGENT, m, "retirer-orientation", motif="situation_resolue")


async def retirer_consentement(jeu: Jeu, m: Menage, rang: int) -> None:
    """The request is taken back with the agreement it stood on."""
    await jeu.faire(AGENT, m, "retirer-consentement", finalite="transmission")


# Tremplin 17 answers


async def etudier(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(COORDINATEUR, m, "mettre-a-l-etude")


async def accepter(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(COORDINATEUR, m, "accepter-orientation")
    await jeu.faire(COORDINATEUR, m, "designer-referent", referent=str(jeu.membres[referent(m)]))


async def refuser(jeu: Jeu, m: Menage, rang: int) -> None:
    await _refuser(jeu, m, "hors_public")


async def refuser_faute_de_place(jeu: Jeu, m: Menage, rang: int) -> None:
    """The last place went to another while the request was studied: the acceptance is refused, so the association does."""
    try:
        await jeu.faire(COORDINATEUR, m, "accepter-orientation")
    except DemandeRefusee as refus:
        if refus.code != "capacite_atteinte":
            raise
    else:
        raise Impossible(f"L'histoire voulait qu'il ne reste plus de place pour le ménage {m.numero} : il en restait.")
    await _refuser(jeu, m, "capacite_atteinte")


async def _refuser(jeu: Jeu, m: Menage, motif: str) -> None:
    await jeu.faire(COORDINATEUR, m, "refuser-orientation", auteur="association", etape="proposition", motif=motif)


# The référent and the household


async def adherer(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(referent(m), m, "tenir-rencontre", support="visite_domicile")
    await jeu.faire(referent(m), m, "recueillir-adhesion", support="visite_domicile")


async def refuser_adhesion(jeu: Jeu, m: Menage, rang: int) -> None:
    await jeu.faire(referent(m), m, "tenir-rencontre", support="visite_domicile")
    await jeu.faire(referent(m), m, "refuser-adhesion", motif="non_adhesion")


async def tenir_entretien(jeu: Jeu, m: Menage, rang: int) -> None:
    besoins = [
        {"theme": theme, "score": score, "precision": textes.PRECISIONS[theme]} for theme, score in scores(m, 0).items()
    ]
    synthese = _choix(m, textes.SYNTHESES_ENTRETIEN)
    await jeu.faire(
        referent(m), m, "tenir-entretien-initial", besoins=besoins, synthese=synthese, support="visite_domicile"
    )
    await _noter(jeu, m, "referent", textes.NOTES_REFERENT, 1)


async def contracter(jeu: Jeu, m: Menage, rang: int) -> None:
    """The référent prepares the contract and brings it to the household; both sign on paper, at its table."""
    debut = jeu.aujourd_hui
    fin = ajouter_mois(debut, 12) - timedelta(days=1)
    objectifs = [
        {"objectif": _id(m, "objectif", n), "theme": theme, "intitule": textes.OBJECTIFS[theme], "terme": str(fin)}
        for n, theme in enumerate(m.public.themes)
    ]
    await jeu.faire(
        referent(m), m, "preparer-contrat",
        contrat=_id(m, "contrat"), debut=str(debut), fin=str(fin), objectifs=objectifs,
        engagements=[{"partie": partie, "texte": texte} for partie, texte in textes.ENGAGEMENTS.items()],
        calendrier=[str(jour) for jour in echeances(debut, fin, 2)],
    )  # fmt: skip
    if m.numero % 3:
        corps = {"finalite": "partage_synthese", "support": "visite_domicile"}
        await jeu.faire(referent(m), m, "recueillir-consentement", 2, **corps)
    for n, partie in enumerate(("menage", "association")):
        await jeu.faire(referent(m), m, "signer-contrat", n, contrat=_id(m, "contrat"), partie=partie, moyen="papier")


async def signer_pour_le_bailleur(jeu: Jeu, m: Menage, rang: int) -> None:
    corps = {"contrat": _id(m, "contrat"), "partie": "bailleur", "moyen": "electronique"}
    await jeu.faire(RESPONSABLE, m, "signer-contrat", 2, **corps)


async def reevaluer(jeu: Jeu, m: Menage, rang: int) -> None:
    notes = [{"theme": theme, "score": score} for theme, score in scores(m, rang).items()]
    progressions = [
        {"objectif": _id(m, "objectif", n), "avancement": avancement(m, n, rang)} for n in range(len(m.public.themes))
    ]
    synthese = _choix(m, textes.SYNTHESES_REVUE, rang)
    await jeu.faire(referent(m), m, "reevaluer", rang, scores=notes, progressions=progressions, synthese=synthese)
    if rang == 1:
        await _noter(jeu, m, "equipe", textes.NOTES_EQUIPE, 2)


async def _noter(jeu: Jeu, m: Menage, niveau: str, parmi: Sequence[str], rang: int) -> None:
    note = {"note": _id(m, "note", rang), "niveau": niveau, "texte": _choix(m, parmi)}
    await jeu.faire(referent(m), m, "deposer-note", rang, **note)


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
    await jeu.faire(referent(m), m, "clore", motif=m.fin.motif, situation=m.fin.situation)


async def oublier(jeu: Jeu, m: Menage, rang: int) -> None:
    """Each organisation destroys its own copy."""
    await asyncio.gather(jeu.faire(RESPONSABLE, m, "effacer-donnees"), jeu.faire(COORDINATEUR, m, "effacer-donnees", 2))
