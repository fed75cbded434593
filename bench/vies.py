"""Synthetic dossiers: the life of a household followed for a year, in the facts that its commands would have left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

from msgspec import Struct

from contracts import dossiers as d
from jeu import dossiers as g
from jeu.gens import TROIS, camille

BAILLEUR, ASSOCIATION, FINANCEUR = UUID(int=0x5E), UUID(int=0x71), UUID(int=0xE7)
CONVENTION, DISPOSITIF = UUID(int=0xC0), UUID(int=0xD1)
ACCORD = g.Accord(ASSOCIATION, DISPOSITIF, CONVENTION)
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
    identite = camille(
        nom(menage), naissance="1980-02-29", telephone="0600000000", courriel="camille@exemple.fr",
        adresse="1 rue du Test, Saintes",
    )  # fmt: skip
    motifs = ("impayes", "isolement")

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

    def point(numero: int, jour: int) -> Pas:
        geste = g.reevaluer(scores(2 + numero), avancees(40 * numero), EXPOSE)
        prochaine = le(20 + 60 * (numero + 1))
        return referent(geste.laisse(le(jour), numero=numero, echeance=le(jour), prochaine_echeance=prochaine))

    besoins = tuple(d.Besoin(s.theme, s.score, "Ce que le ménage en dit lui-même.") for s in scores(2))
    objectifs = (
        d.Objectif(budget, "difficultes-financieres", "Tenir un budget et apurer la dette", le(150)),
        d.Objectif(voisins, "famille", "Renouer avec les proches et les voisins"),
    )
    engagements = (
        d.Engagement("bailleur", "Étaler la dette sur dix mois."),
        d.Engagement("menage", "Venir aux rendez-vous."),
    )
    repere = g.reperer(menage, identite, TROIS, d.Logement("17415", True, "t3"), ("familles",)).laisse(
        le(0), bailleur=BAILLEUR
    )
    prepare = g.preparer_contrat(contrat, le(20), fin, objectifs, engagements, (le(80), le(140))).laisse(le(18))
    signes = g.signatures(prepare, le(20), le(80))
    pas = [
        agent(repere),
        agent(g.recueillir_consentement(support="visite_domicile").laisse(le(2))),
        agent(g.poser_diagnostic(motifs, EXPOSE).laisse(le(2))),
        agent(g.tenir_rencontre().laisse(le(3), par="bailleur")),
        agent(g.oriente(repere, g.orienter(ACCORD, motifs, EXPOSE), le(4))),
        coordinateur(g.mettre_a_l_etude().laisse(le(6), reponse_avant=le(36))),
        coordinateur(g.accepter().laisse(le(10), convention=CONVENTION, identite=identite)),
        coordinateur(g.designer_referent(REFERENT).laisse(le(10))),
        referent(g.tenir_rencontre("rendez_vous_bureau").laisse(le(12), par="association")),
        referent(g.recueillir_adhesion("rendez_vous_bureau").laisse(le(12))),
        referent(g.deposer_note(uuid4(), "referent", NOTE, "sante").laisse(le(13))),
        referent(g.tenir_entretien(besoins, EXPOSE).laisse(le(16))),
        referent(prepare),
        *(agent(fait) if fait.partie == "bailleur" else referent(fait) for fait in signes),
        point(1, 80),
        referent(g.deposer_note(uuid4(), "equipe", NOTE, "famille").laisse(le(95))),
        referent(g.recueillir_consentement("partage_synthese").laisse(le(100))),
        point(2, 140),
        referent(g.clore().laisse(le(190))),
    ]
    return pas[:faits]


def parties(pas: Sequence[Pas]) -> list[UUID]:
    """The organisations that may load the dossier once these facts are there."""
    oriente = any(isinstance(p.fait, d.MenageOriente) for p in pas)
    return [BAILLEUR, ASSOCIATION] if oriente else [BAILLEUR]
