"""domaine.md's table « Who may see what », as data: each thing written in the story, and who finds it at each moment.

Letters: B the landlord (both its roles), A the whole association, R its designated référent, C its coordinator, F those
who pay. A capital must find it, a small letter may, everybody else must not: not in a view, a list, a count, an error.
Every other account (the other network, the exploitant, the services' own) finds nothing of it, ever.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from tests.frontieres.recit import MOMENTS
from tests.frontieres.terrain import EQUIPES

TABLE = """
# row of the table                | what is written            | repere oriente refuse decline suivi retrait clos
identity, contacts                | identite.nom               | B      BA      B      B       BA    BA      BA
identity, contacts                | identite.prenom            | B      BA      B      B       BA    BA      BA
identity, contacts                | naissance                  | B      BA      B      B       BA    BA      BA
identity, contacts                | identite.telephone         | B      BA      B      B       BA    BA      BA
identity, contacts                | identite.courriel          | B      BA      B      B       BA    BA      BA
identity, contacts                | identite.adresse           | B      BA      B      B       BA    BA      BA
household composition             | composition.type_menage    | B      BAf     Bf     Bf      BAf   BAf     BAf
household composition             | composition.tranche_age    | B      BAf     Bf     Bf      BAf   BAf     BAf
home, lease, arrears, troubles    | logement.commune           | B      BAf     Bf     Bf      BAf   BAf     BAf
home, lease, arrears, troubles    | logement.typologie         | B      BA      B      B       BA    BA      BA
orientation motives               | publics                    | B      BAf     BAf    BAf     BAf   BAf     BAf
orientation motives               | diagnostic.motifs          | B      b       b      b       b     b       b
orientation motives               | diagnostic.constat         | B      B       B      B       B     B       B
orientation motives               | orientation.motifs         | -      BAf     BAf    BAf     BAf   BAf     BAf
orientation motives               | expose.1                   | -      BA      b      b       b     b       b
orientation motives               | expose.2                   | -      -       b      b       b     b       b
orientation motives               | expose.3                   | -      -       B      b       b     b       b
orientation motives               | expose.4                   | -      -       -      B       b     b       b
orientation motives               | expose.5                   | -      -       -      -       b     b       b
orientation motives               | expose.6                   | -      -       -      -       BA    BA      BA
stage and due dates               | retrait.motif              | -      -       bAf    bAf     bAf   bAf     bAf
stage and due dates               | refus.association.precision| -      -       BA     bA      bA    bA      bA
stage and due dates               | refus.menage.motif         | -      -       -      Af      Af    Af      Af
stage and due dates               | refus.menage.precision     | -      -       -      A       A     A       A
stage and due dates               | adhesion.motif             | -      -       -      -       Af    Af      Af
stage and due dates               | adhesion.precision         | -      -       -      -       A     A       A
contract                          | contrat.id                 | -      -       -      -       BA    BA      BA
contract                          | engagement.bailleur        | -      -       -      -       BA    BA      BA
contract                          | engagement.association     | -      -       -      -       A     A       A
contract                          | engagement.menage          | -      -       -      -       A     A       A
objectives, themes, scores        | objectif.id                | -      -       -      -       A     A       A
objectives, themes, scores        | objectif.theme             | -      -       -      -       A     A       A
objectives, themes, scores        | objectif.intitule          | -      -       -      -       A     A       A
objectives, themes, scores        | entretien.theme            | -      -       -      -       A     A       A
objectives, themes, scores        | entretien.besoin           | -      -       -      -       A     A       A
objectives, themes, scores        | entretien.synthese         | -      -       -      -       A     A       A
shared summary                    | synthese.1                 | -      -       -      -       A     A       A
shared summary                    | synthese.2                 | -      -       -      -       BA    A       A
shared summary                    | synthese.3                 | -      -       -      -       -     -       A
appointments                      | rendez_vous.commun.lieu    | -      -       -      -       BA    BA      BA
appointments                      | rendez_vous.commun.objet   | -      -       -      -       A     A       A
appointments                      | rendez_vous.seul.lieu      | -      -       -      -       A     A       A
appointments                      | rendez_vous.seul.objet     | -      -       -      -       A     A       A
appointments                      | rendez_vous.seul.motif     | -      -       -      -       A     A       A
appointments                      | rendez_vous.seul.precision | -      -       -      -       A     A       A
appointments                      | rendez_vous.annule.lieu    | -      -       -      -       A     A       A
notes                             | note.equipe                | -      -       -      -       A     A       A
notes                             | note.equipe.theme          | -      -       -      -       A     A       A
notes                             | note.referent              | -      -       -      -       R     R       R
notes                             | note.referent.theme        | -      -       -      -       R     R       R
notes                             | note.coordinateur          | -      -       -      -       RC    RC      RC
notes                             | note.coordinateur.theme    | -      -       -      -       RC    RC      RC
closing                           | cloture.motif              | -      -       -      -       -     -       Af
closing                           | cloture.situation          | -      -       -      -       -     -       Af
closing                           | cloture.precision          | -      -       -      -       -     -       A
"""

GROUPES: Mapping[str, tuple[str, ...]] = {
    "B": EQUIPES["bailleur"],
    "A": EQUIPES["association"],
    "R": ("tremplin17.referent",),
    "C": ("tremplin17.coordinateur",),
    "F": EQUIPES["payeurs"],
}


class Ligne(Struct, frozen=True):
    """`doivent` and `peuvent`: moment → accounts."""

    information: str
    marque: str
    doivent: Mapping[str, frozenset[str]]
    peuvent: Mapping[str, frozenset[str]]


def lignes() -> list[Ligne]:
    return [_ligne(text) for text in TABLE.strip().splitlines() if not text.startswith("#")]


def _ligne(text: str) -> Ligne:
    information, marque, moments = (part.strip() for part in text.split("|"))
    cases = dict(zip(MOMENTS, moments.split(), strict=True))
    return Ligne(
        information,
        marque,
        {moment: _comptes(case, str.isupper) for moment, case in cases.items()},
        {moment: _comptes(case, str.isalpha) for moment, case in cases.items()},
    )


def _comptes(case: str, keep: object) -> frozenset[str]:
    assert callable(keep)
    return frozenset(sujet for letter in case if keep(letter) for sujet in GROUPES[letter.upper()])


SANS_DONNEES = {
    "partner mobilised": "no event yet",
    "rights, aids": "no event yet",
    "documents": "no event yet",
}
"""Rows of the table about which nothing is written yet."""


# Who may ask for what

BAILLEUR, ASSOCIATION = EQUIPES["bailleur"], EQUIPES["association"]
COORDINATION = ("tremplin17.coordinateur",)
ENCADREMENT = ("semis.responsable", *COORDINATION)
SERVICES_ENTRE_EUX = ("horloge",)
EXPLOITANT = ("exploitant",)
BAILLEURS = (*BAILLEUR, "payeur.agent", "payeur.responsable", "autre-bailleur.agent", "autre-bailleur.responsable")
ASSOCIATIONS = (*ASSOCIATION, "autre-association.referent", "autre-association.coordinateur")
RESPONSABLES = tuple(s for s in (*BAILLEURS, *ASSOCIATIONS) if s.endswith((".responsable", ".coordinateur")))


def _dossier(commande: str) -> tuple[str, str]:
    return "dossiers", f"/v1/dossiers/{{dossier}}/{commande}"


COMMANDES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("dossiers", "/v1/dossiers/reperer"): BAILLEURS,
    **{
        _dossier(commande): qui
        for qui, commandes in {
            BAILLEUR: ("poser-diagnostic", "orienter", "retirer-orientation"),
            ASSOCIATION: (
                "mettre-a-l-etude",
                "accepter-orientation",
                "refuser-orientation",
                "recueillir-adhesion",
                "refuser-adhesion",
                "tenir-entretien-initial",
                "preparer-contrat",
                "reevaluer",
                "deposer-note",
                "fixer-rendez-vous",
                "tenir-rendez-vous",
                "manquer-rendez-vous",
                "annuler-rendez-vous",
            ),
            (*BAILLEUR, *ASSOCIATION): (
                "tenir-rencontre",
                "recueillir-consentement",
                "retirer-consentement",
                "signer-contrat",
                "clore",
            ),
            COORDINATION: ("designer-referent",),
            ENCADREMENT: ("effacer-donnees",),
            SERVICES_ENTRE_EUX: (
                "expirer-orientation",
                "constater-retard",
                "constater-escalade",
                "constater-manquee",
            ),
        }.items()
        for commande in commandes
    },
    ("dossiers", "/v1/recherche"): (*BAILLEURS, *ASSOCIATIONS),
    ("dossiers", "/v1/doublons"): (*BAILLEURS, *ASSOCIATIONS),
    ("partenaires", "/v1/organisations/inscrire"): EXPLOITANT,
    ("partenaires", "/v1/dispositifs/ouvrir"): RESPONSABLES,
    ("partenaires", "/v1/conventions/proposer"): RESPONSABLES,
    ("partenaires", "/v1/organisations/{organisation}/inviter-membre"): ("semis.responsable",),
    ("partenaires", "/v1/organisations/{organisation}/habiliter-membre"): ("semis.responsable",),
    ("partenaires", "/v1/organisations/{organisation}/retirer-membre"): ("semis.responsable", *EXPLOITANT),
    ("partenaires", "/v1/conventions/{convention}/signer"): ENCADREMENT,
    ("partenaires", "/v1/conventions/{convention}/etablir-plan-de-financement"): ENCADREMENT,
    ("partenaires", "/v1/conventions/{convention}/activer"): SERVICES_ENTRE_EUX,
    ("partenaires", "/v1/conventions/{convention}/echoir"): SERVICES_ENTRE_EUX,
    ("notifications", "/v1/boite/{message}/lire"): (),
    ("notifications", "/v1/echeancier/rattraper"): SERVICES_ENTRE_EUX,
}
"""Every command, and the accounts it is not refused to for what they are, when it is about something of the first network.
A message is its reader's: test_commandes.py says whose."""
