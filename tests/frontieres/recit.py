"""One household's whole life, told through the APIs: every event there is, and a mark in everything anybody writes.

Six orientations, so that each way one may end has happened: withdrawn, expired, refused by the association, refused by
the household, accepted and declined, accepted and followed to its close.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from msgspec import Struct

from contracts import dossiers as d
from contracts import partenaires as p
from jeu import dossiers as g
from jeu import partenaires as gp
from jeu.geste import Geste
from tests.frontieres.terrain import RETIRE, Roles, Terrain, jusqu_a
from tests.monde import DEBUT

CODES = {
    "naissance": ("1987-03-11", "1961-12-07"),
    "composition.type_menage": ("couple_avec_enfants", "plusieurs_adultes"),
    "composition.tranche_age": ("40-59", "60-74"),
    "logement.commune": ("17347", "33281"),
    "logement.typologie": ("t1-prime", "t1bis"),
    "publics": ("personnes-exilees", "sortant_prison"),
    "diagnostic.motifs": ("entretien_logement", "sortie_rue"),
    "orientation.motifs": ("echec_pressenti", "manque_autonomie"),
    "retrait.motif": ("autre_solution", "situation_resolue"),
    "refus.menage.motif": ("non_presente", "non_joignable"),
    "adhesion.motif": ("duree_inadaptee", "non_adhesion"),
    "entretien.theme": ("numerique", "addiction"),
    "objectif.theme": ("mobilite", "violences"),
    "note.equipe.theme": ("maitrise_langue", "parentalite"),
    "note.referent.theme": ("se-former", "contraintes_familiales"),
    "note.coordinateur.theme": ("remobilisation", "lecture-ecriture-calcul"),
    "rendez_vous.seul.motif": ("malentendu", "empechement_menage"),
    "cloture.motif": ("incarceration", "hospitalisation"),
    "cloture.situation": ("heberge_chez_tiers", "logement_adapte"),
}
"""What a person picks from a list, and a date: in the first network, in the second. Each is used for one thing only, so
that finding it tells what leaked."""


class Jouee(Struct, frozen=True):
    """A command that was sent and succeeded. `commande` is the last part of its address, `cible` the rest."""

    sujet: str
    service: str
    cible: str
    commande: str
    corps: Any

    @property
    def chemin(self) -> str:
        return f"{self.cible}/{self.commande}"


Etape = Callable[["Recit", str], Awaitable[None]]
"""Called at each named moment of the story."""


@dataclass
class Recit:
    """`marques`: what was written, as it stands in an answer, by the name of where. `jouees`: every command, in order.
    `reseau`: 0 or 1, which of CODES to use. `naissance`: a birth date of its own, where stories share a network."""

    terrain: Terrain
    roles: Roles
    graine: str
    association: str
    convention: str
    dispositif: str
    reseau: int = 0
    naissance: str | None = None
    menage: str = field(default_factory=lambda: str(uuid4()))
    dossier: str = ""
    marques: dict[str, str] = field(default_factory=dict)
    jouees: list[Jouee] = field(default_factory=list)
    le: date = DEBUT

    def m(self, nom: str) -> str:
        """A text found nowhere else, for the field `nom`."""
        return self.marques.setdefault(nom, f"Marque.{nom}.{self.graine}")

    def code(self, nom: str) -> str:
        """The code used for `nom`, marked with its quotes: five digits alone may stand in any identifier."""
        code = self.naissance if nom == "naissance" and self.naissance else CODES[nom][self.reseau]
        self.marques[nom] = f'"{code}"'
        return code

    async def fait(self, sujet: str, commande: str, corps: Any = None) -> httpx.Response:
        """Send a command about the dossier; it must succeed."""
        cible = f"/v1/dossiers/{self.dossier}"
        reponse = await self.terrain.poster(sujet, "dossiers", f"{cible}/{commande}", corps)
        assert reponse.status_code == 200, f"{commande}: {reponse.status_code} {reponse.text}"
        self.jouees.append(Jouee(sujet, "dossiers", cible, commande, corps or {}))
        return reponse

    async def joue(self, sujet: str, geste: Geste[Any]) -> httpx.Response:
        """`fait`, for a gesture."""
        return await self.fait(sujet, geste.nom, geste.corps)

    async def attend(self, jours: int) -> None:
        self.le += timedelta(days=jours)
        self.terrain.lieu.jour(self.le)


async def raconter(recit: Recit, etape: Etape) -> None:
    """The story up to and including the close, with `etape` called at each moment of MOMENTS."""
    r = recit.roles
    recit.terrain.lieu.jour(recit.le)
    await reperer(recit)
    await etape(recit, "repere")
    await orienter(recit, 1)
    await etape(recit, "oriente")
    await recit.joue(r.agent, g.retirer_orientation(recit.code("retrait.motif")))
    await orienter(recit, 2)
    await recit.attend(16)
    await recit.joue(r.horloge, g.expirer_orientation())
    await orienter(recit, 3)
    await recit.joue(r.coordinateur, _refus(recit, "association", "autre"))
    await etape(recit, "refuse")
    await orienter(recit, 4)
    await recit.joue(r.referent, _refus(recit, "menage", recit.code("refus.menage.motif")))
    await etape(recit, "decline")
    await orienter(recit, 5)
    await recit.joue(r.referent, g.mettre_a_l_etude())
    await recit.joue(r.coordinateur, g.accepter())
    await recit.joue(r.referent, g.refuser_adhesion(recit.code("adhesion.motif"), recit.m("adhesion.precision")))
    await orienter(recit, 6)
    await recit.joue(r.coordinateur, g.accepter())
    await accompagner(recit)
    await etape(recit, "suivi")
    await recit.joue(r.referent, g.retirer_consentement("partage_synthese"))
    await etape(recit, "retrait")
    await _laisser_passer(recit)
    motif, situation = recit.code("cloture.motif"), recit.code("cloture.situation")
    await recit.joue(r.referent, g.clore(motif, situation, recit.m("cloture.precision")))
    await etape(recit, "clos")


async def ouvrir(recit: Recit) -> None:
    """Another household, whose orientation still awaits its answer."""
    await reperer(recit)
    await orienter(recit, 1)


MOMENTS = ("repere", "oriente", "refuse", "decline", "suivi", "retrait", "clos")


async def effacer(recit: Recit, *sujets: str) -> None:
    """Each in the name of their organisation, which destroys its own copy."""
    for sujet in sujets:
        await recit.joue(sujet, g.effacer_donnees())


async def reperer(recit: Recit) -> None:
    """Spotted, diagnosed, met, and agreed to be spoken of to the association."""
    agent, code = recit.roles.agent, recit.code
    identite = {champ: recit.m(f"identite.{champ}") for champ in ("nom", "prenom", "telephone", "courriel", "adresse")}
    geste = g.reperer(
        recit.menage,
        d.Identite(**identite, naissance=code("naissance")),
        d.Composition(2, 3, code("composition.type_menage"), code("composition.tranche_age")),
        d.Logement(code("logement.commune"), True, code("logement.typologie")),
        [code("publics")],
    )
    reponse = await recit.terrain.poster(agent, geste.service, f"/v1{geste.chemin()}", geste.corps)
    assert reponse.status_code == 201, reponse.text
    recit.jouees.append(Jouee(agent, geste.service, "/v1/dossiers", geste.nom, geste.corps))
    recit.dossier = reponse.json()["id"]
    await recit.joue(agent, g.poser_diagnostic([code("diagnostic.motifs")], recit.m("diagnostic.constat")))
    await recit.joue(agent, g.tenir_rencontre())
    await recit.joue(agent, g.recueillir_consentement())


async def orienter(recit: Recit, fois: int) -> None:
    """Asked of the association, with a text of its own each time."""
    accord = g.Accord(recit.association, recit.dispositif, recit.convention)
    await recit.joue(
        recit.roles.agent, g.orienter(accord, [recit.code("orientation.motifs")], recit.m(f"expose.{fois}"))
    )


def _refus(recit: Recit, auteur: str, motif: str) -> Geste[d.OrientationRefusee]:
    return g.refuser(motif, auteur, "rencontre", recit.m(f"refus.{auteur}.precision"))


async def accompagner(recit: Recit) -> None:
    """From the acceptance to the second review, whose summary the household agreed to share."""
    r, m = recit.roles, recit.m
    await _connu(recit)
    await recit.joue(r.coordinateur, g.designer_referent(recit.terrain.membres[r.referent]))
    await recit.joue(r.referent, g.tenir_rencontre())
    await recit.joue(r.referent, g.recueillir_adhesion())
    besoin = d.Besoin(recit.code("entretien.theme"), 2, m("entretien.besoin"))
    await recit.joue(r.referent, g.tenir_entretien([besoin], m("entretien.synthese"), "rendez_vous_bureau"))
    await _signer(recit)
    for niveau, auteur, nom in (
        ("equipe", r.referent, "equipe"),
        ("referent", r.referent, "referent"),
        ("referent", r.coordinateur, "coordinateur"),
    ):
        note = g.deposer_note(uuid4(), niveau, m(f"note.{nom}"), recit.code(f"note.{nom}.theme"))
        await recit.joue(auteur, note)
    await _prendre_rendez_vous(recit)
    await _annuler_un_rendez_vous(recit)
    await reevaluer(recit, 1)
    await recit.joue(r.referent, g.recueillir_consentement("partage_synthese"))
    await reevaluer(recit, 2)


async def _prendre_rendez_vous(recit: Recit) -> None:
    """One with the landlord, one without."""
    for nom, avec in (("commun", ("menage", "bailleur")), ("seul", ("menage",))):
        lieu, objet = recit.m(f"rendez_vous.{nom}.lieu"), recit.m(f"rendez_vous.{nom}.objet")
        fixer = g.fixer_rendez_vous(uuid4(), recit.le, avec=avec, lieu=lieu, objet=objet)
        await recit.joue(recit.roles.referent, fixer)
        fin: Geste[Any] = g.tenir_rendez_vous(fixer.dit["rendez_vous"])
        if nom == "seul":
            motif, precision = recit.code("rendez_vous.seul.motif"), recit.m("rendez_vous.seul.precision")
            fin = g.manquer_rendez_vous(fixer.dit["rendez_vous"], motif, precision)
        await recit.joue(recit.roles.referent, fin)


async def _annuler_un_rendez_vous(recit: Recit) -> None:
    fixer = g.fixer_rendez_vous(uuid4(), recit.le, lieu=recit.m("rendez_vous.annule.lieu"))
    await recit.joue(recit.roles.referent, fixer)
    await recit.joue(recit.roles.referent, g.annuler_rendez_vous(fixer.dit["rendez_vous"]))


async def _connu(recit: Recit) -> None:
    """The référent's own access must have reached dossiers before they can be designated."""

    async def entre() -> bool:
        return (await recit.terrain.lire(recit.roles.referent, "dossiers", "/v1/moi")).status_code == 200

    await jusqu_a(entre, recit.roles.referent)


async def _signer(recit: Recit) -> None:
    r, contrat, objectif = recit.roles, uuid4(), uuid4()
    recit.marques |= {"contrat.id": str(contrat), "objectif.id": str(objectif)}
    geste = g.preparer_contrat(
        contrat,
        recit.le,
        date(2026, 12, 31),
        [d.Objectif(objectif, recit.code("objectif.theme"), recit.m("objectif.intitule"))],
        [d.Engagement(partie, recit.m(f"engagement.{partie}")) for partie in g.PARTIES],
        [recit.le + timedelta(days=60)],
    )
    await recit.joue(r.referent, geste)
    for partie in g.PARTIES:
        sujet = r.agent if partie == "bailleur" else r.referent
        await recit.joue(sujet, g.signer_contrat(contrat, partie, "tablette"))


async def reevaluer(recit: Recit, fois: int) -> httpx.Response:
    scores = [d.Score(recit.code("entretien.theme"), 1 + fois), d.Score(recit.code("objectif.theme"), 4)]
    progressions = [d.Progression(UUID(recit.marques["objectif.id"]), 20 * fois)]
    return await recit.joue(recit.roles.referent, g.reevaluer(scores, progressions, recit.m(f"synthese.{fois}")))


async def _laisser_passer(recit: Recit) -> None:
    """Nobody comes to the next review: the clock finds it late, then escalated, then missed. A last one is held."""
    due, horloge = await _echeance(recit), recit.roles.horloge
    await recit.attend((due - recit.le).days + 1)
    await recit.joue(horloge, g.constater_retard(due))
    await recit.attend(15)
    await recit.joue(horloge, g.constater_escalade(due))
    await recit.attend(75)
    await recit.joue(horloge, g.constater_manquee(due))
    await reevaluer(recit, 3)


async def _echeance(recit: Recit) -> date:
    await recit.terrain.calme()
    row = await recit.terrain.lire(recit.roles.referent, "dossiers", f"/v1/dossiers/{recit.dossier}")
    return date.fromisoformat(row.json()["prochaine_echeance"])


def corps(recit: Recit) -> dict[str, Any]:
    """A body for each command of each service, by the last part of its address. Those of the story were accepted once."""
    terrain = recit.terrain
    menage, retire = recit.marques["identite.nom"], terrain.membres[RETIRE]
    ligne = p.LigneDeFinancement(UUID(terrain.organisations["etat"]), "avdl", 1)
    d_une_organisation: tuple[Geste[Any], ...] = (
        gp.inscrire("Organisation de trop", "bailleur", "https://identite.exemple.fr", "17300"),
        gp.ouvrir_dispositif("Dispositif de trop"),
        gp.proposer(
            recit.dispositif, terrain.organisations["semis"], recit.association, 3, date(2026, 2, 1), date(2026, 12, 31)
        ),
        gp.inviter_membre("Intrus Exemple"),
        gp.habiliter_membre(retire, "sujet-intrus", ["agent"]),
        gp.retirer_membre(retire),
        gp.financer(2026, ligne),
    )
    return {
        **{jouee.commande: jouee.corps for jouee in recit.jouees},
        **{geste.nom: geste.corps for geste in d_une_organisation},
        **{nom: {} for nom in ("effacer-donnees", "signer", "activer", "echoir", "lire", "rattraper")},
        "recherche": {"q": menage},
        "doublons": {"identite": {"nom": menage, "prenom": "Camille"}},
    }
