"""A household as it was recorded: its lines on a sheet, in a few words on a list, and who it is about."""

from __future__ import annotations

from typing import Any

from services.portail.communes import libelle as commune
from services.portail.libelles import en_date, libelle, nom_complet, pluriel


def nom(vu: dict[str, Any]) -> str:
    """Whom a line or a sheet is about."""
    return nom_complet(vu["identite"], vu["efface"])


def lignes(vu: dict[str, Any]) -> list[tuple[str, Any]]:
    """The household as the landlord recorded it, line by line."""
    identite, composition, logement = vu["identite"] or {}, vu["composition"] or {}, vu["logement"] or {}
    naissance = identite.get("naissance")
    foyer = libelle(composition.get("type_menage"), "type_menage")
    nombres = ", ".join(
        f"{n} {mot if n < 2 else mot + 's'}"
        for n, mot in ((composition.get("adultes", 0), "adulte"), (composition.get("enfants", 0), "enfant"))
        if n
    )
    return [
        ("Date de naissance", en_date(naissance) and f"{en_date(naissance):%d/%m/%Y}"),
        ("Téléphone", identite.get("telephone")),
        ("Courriel", identite.get("courriel")),
        ("Adresse", identite.get("adresse")),
        ("Commune", commune(logement.get("commune"))),
        ("Quartier prioritaire", ("Oui" if logement["qpv"] else "Non") if logement else None),
        ("Typologie", libelle(logement.get("typologie"), "typologie_logement")),
        ("Foyer", f"{foyer} ({nombres})" if foyer and nombres else foyer),
        ("Publics", ", ".join(libelle(code, "publics") for code in vu["publics"])),
    ]


def foyer(row: dict[str, Any]) -> str:
    """« Famille monoparentale, 1 adulte, 2 enfants »."""
    composition = row["composition"] or {}
    parts = [libelle(composition.get("type_menage"), "type_menage")]
    parts += [pluriel(n, mot) for mot in ("adulte", "enfant") if (n := composition.get(f"{mot}s", 0))]
    return ", ".join(filter(None, parts))


def motifs(row: dict[str, Any]) -> str:
    return ", ".join(libelle(code, "motif_orientation") for code in row["motifs"])
