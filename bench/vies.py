"""Synthetic dossiers: the life of a household followed for a year, in the facts that its commands would have left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

from msgspec import Struct

from contracts import dossiers as d

BAILLEUR, ASSOCIATION, FINANCEUR = UUID(int=0x5E), UUID(int=0x71), UUID(int=0xE7)
CONVENTION, DISPOSITIF = UUID(int=0xC0), UUID(int=0xD1)
AGENT, REFERENT, COORDINATEUR = UUID(int=0x5E01), UUID(int=0x7101), UUID(int=0x7102)

ORIENTABLE, ORIENTE, SUIVI, ENTIERE = 2, 5, 12, 21
"""How many facts of a life to keep, to stop at: the household's agreement, the orientation, the first interview, its end."""

EXPOSE = (
    "Deux loyers de retard depuis la séparation. Le ménage souhaite rester dans le logement et demande de l'aide pour "
    "reprendre les démarches, rétablir ses droits et rencontrer le voisinage."
)
NOTE = "Rencontre au domicile. Les papiers de la caisse sont réunis, le dossier part demain. Le budget est à revoir."


SYLLABES = ["ba", "ti", "ko", "lu", "me", "ra", "do", "si", "no", "fe", "gu", "pa", "vi", "lo", "ze", "ca"]


class Pas(Struct, frozen=True):
    """One fact of a life, and the organisation and member who caused it."""

    fait: d.Event
    organisation: UUID
    auteur: UUID


def nom(menage: UUID) -> str:
    """« Exemple Batiko »: four thousand of them, so that whoever searches does not find everybody."""
    return "Exemple " + "".join(SYLLABES[menage.int >> (4 * n) & 15] for n in range(3)).capitalize()


def vie(menage: UUID, debut: date, faits: int = ENTIERE) -> list[Pas]:
    """The first `faits` facts of the life of the household's dossier, spotted on `debut`."""
    fin = debut + timedelta(days=330)
    contrat, budget, voisins = uuid4(), uuid4(), uuid4()
    identite = d.Identite(
        nom(menage), "Camille", "1980-02-29", "0600000000", "camille@exemple.fr", "1 rue du Test, Saintes"
    )
    composition = d.Composition(1, 2, "famille_monoparentale", "25-39")
    logement = d.Logement("17415", True, "t3")

    def le(jours: int) -> date:
        return debut + timedelta(days=jours)

    def scores(note: int) -> tuple[d.Score, ...]:
        return d.Score("difficultes-financieres", note), d.Score("sante", note), d.Score("famille", note)

    def avancees(part: int) -> tuple[d.Progression, ...]:
        return d.Progression(budget, part), d.Progression(voisins, part // 2)

    def agent(fait: d.Event) -> Pas:
        return Pas(fait, BAILLEUR, AGENT)

    def referent(fait: d.Event) -> Pas:
        return Pas(fait, ASSOCIATION, REFERENT)

    def coordinateur(fait: d.Event) -> Pas:
        return Pas(fait, ASSOCIATION, COORDINATEUR)

    besoins = tuple(d.Besoin(s.theme, s.score, "Ce que le ménage en dit lui-même.") for s in scores(2))
    objectifs = (
        d.Objectif(budget, "difficultes-financieres", "Tenir un budget et apurer la dette", le(150)),
        d.Objectif(voisins, "famille", "Renouer avec les proches et les voisins"),
    )
    engagements = (
        d.Engagement("bailleur", "Étaler la dette sur dix mois."),
        d.Engagement("menage", "Venir aux rendez-vous."),
    )
    pas = [
        agent(d.MenageRepere(menage, BAILLEUR, identite, composition, logement, ("familles",), le(0))),
        agent(d.ConsentementRecueilli("transmission", "visite_domicile", le(2))),
        agent(d.DiagnosticPose(("impayes", "isolement"), EXPOSE, le(2))),
        agent(d.RencontreTenue("bailleur", "visite_domicile", le(3))),
        agent(
            d.MenageOriente(
                menage,
                BAILLEUR,
                ASSOCIATION,
                DISPOSITIF,
                CONVENTION,
                identite,
                composition,
                logement,
                ("familles",),
                ("impayes", "isolement"),
                EXPOSE,
                d.Conditions(),
                le(19),
                le(4),
            )
        ),
        coordinateur(d.OrientationMiseALEtude(le(36), le(6))),
        coordinateur(d.OrientationAcceptee(CONVENTION, identite, le(10))),
        coordinateur(d.ReferentDesigne(REFERENT, le(10))),
        referent(d.RencontreTenue("association", "rendez_vous_bureau", le(12))),
        referent(d.AdhesionRecueillie("rendez_vous_bureau", le(12))),
        referent(d.NoteDeposee(uuid4(), "referent", "sante", NOTE, le(13))),
        referent(d.EntretienInitialTenu(besoins, EXPOSE, "visite_domicile", le(16))),
        referent(d.ContratPrepare(contrat, le(20), fin, objectifs, engagements, (le(80), le(140)), le(18))),
        referent(d.ContratSigne(contrat, "menage", "papier", False, le(20), fin, None, le(20))),
        referent(d.ContratSigne(contrat, "association", "papier", False, le(20), fin, None, le(20))),
        agent(d.ContratSigne(contrat, "bailleur", "papier", True, le(20), fin, le(80), le(20))),
        referent(d.SuiviReevalue(1, le(80), scores(3), avancees(40), EXPOSE, le(140), le(80))),
        referent(d.NoteDeposee(uuid4(), "equipe", "famille", NOTE, le(95))),
        referent(d.ConsentementRecueilli("partage_synthese", "rendez_vous_bureau", le(100))),
        referent(d.SuiviReevalue(2, le(140), scores(4), avancees(80), EXPOSE, le(200), le(140))),
        referent(d.DossierClos("objectifs_atteints", "maintien_logement", "", le(190))),
    ]
    return pas[:faits]


def parties(pas: Sequence[Pas]) -> list[UUID]:
    """The organisations that may load the dossier once these facts are there."""
    oriente = any(isinstance(p.fait, d.MenageOriente) for p in pas)
    return [BAILLEUR, ASSOCIATION] if oriente else [BAILLEUR]
