"""One type per code list: a field's type says from which list its codes come, in its schema too (`x-liste`).

The lists themselves, with the words people read, are in contracts/codes/. A new list: its file there, its type here.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from contracts.message import Code


def _de(liste: str) -> Meta:
    return Meta(extra_json_schema={"x-liste": liste})


# The household and its home

Public: TypeAlias = Annotated[Code, _de("publics")]
TypeDeMenage: TypeAlias = Annotated[Code, _de("type_menage")]
TrancheDAge: TypeAlias = Annotated[Code, _de("tranche_age")]
Typologie: TypeAlias = Annotated[Code, _de("typologie_logement")]

# Why: a request is made, refused or taken back, and a follow-up ended, for reasons of their own

MotifDOrientation: TypeAlias = Annotated[Code, _de("motif_orientation")]
MotifDeRefus: TypeAlias = Annotated[Code, _de("motif_refus")]
MotifDeRetrait: TypeAlias = Annotated[Code, _de("motif_retrait")]
MotifDeSortie: TypeAlias = Annotated[Code, _de("motif_sortie")]
SituationDeSortie: TypeAlias = Annotated[Code, _de("situation_sortie")]
AuteurDeRefus: TypeAlias = Annotated[Code, _de("auteur_refus")]
EtapeDeRefus: TypeAlias = Annotated[Code, _de("etape_refus")]

# The follow-up

Partie: TypeAlias = Annotated[Code, _de("partie")]
Support: TypeAlias = Annotated[Code, _de("support_contact")]
Theme: TypeAlias = Annotated[Code, _de("themes")]
MoyenDeSignature: TypeAlias = Annotated[Code, _de("moyen_signature")]
NiveauDeNote: TypeAlias = Annotated[Code, _de("niveau_note")]
MotifDeRendezVousManque: TypeAlias = Annotated[Code, _de("motif_rendez_vous_manque")]
Finalite: TypeAlias = Annotated[Code, _de("finalite_consentement")]

# Organisations, their people and their money

NatureDOrganisation: TypeAlias = Annotated[Code, _de("nature_organisation")]
Role: TypeAlias = Annotated[Code, _de("role")]
SourceDeFinancement: TypeAlias = Annotated[Code, _de("source_financement")]

# Messages

ObjetDeMessage: TypeAlias = Annotated[Code, _de("objet_message")]
