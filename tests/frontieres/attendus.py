"""What each role of PostgreSQL may do on each table, and which rows whom: the sharing table said again, in SQL's terms.

Written from the table and not from the policies, so that the two can disagree. A table that is not here fails the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from tests.frontieres.bases import Contenu, Essai, Issue, Ligne, Porte, Regard, Table

LETTRES = {"SELECT": "S", "INSERT": "I", "UPDATE": "U", "DELETE": "D", "TRUNCATE": "T"}

DROITS: Mapping[str, Mapping[str, str]] = {
    # The group commit writes for every organisation at once, and sees the heads of streams; never a fact.
    "faits.events": {"ajout": "I", "suite": "S"},
    "faits.commands": {"ajout": "I"},
    "faits.streams": {"ajout": "SIU", "suite": "S"},
    # Relay and projector see every fact, its texts sealed, and keep their own accounts.
    "faits.curseurs": {"suite": "SIUD"},
    "faits.positions": {"suite": "SIUD"},
    "faits.garage": {"suite": "SIUD"},
    "faits.lectures_kafka": {"suite": "SIUD"},
    # Who opened what is only ever added to; how the service does is said by its worker.
    "faits.consultations": {"ajout": "I"},
    "faits.etats": {"api": "S", "suite": "SIU"},
    "vues.*": {"api": "S", "suite": "SIUD"},
    "vues_neuves.*": {"api": "S", "suite": "SIUD"},
    # The pages: one browser's session, one member's drafts; the worker only ever deletes.
    "portail.sessions": {"api": "SIUD", "suite": "D"},
    "portail.brouillons": {"api": "SIUD", "suite": "D"},
}

REACTIONS: Mapping[str, Mapping[str, str]] = {
    "faits.events": {"ajout": "I", "suite": "SI"},
    "faits.commands": {"ajout": "I", "suite": "I"},
    "faits.streams": {"ajout": "SIU", "suite": "SIU"},
}
"""In notifications the projector answers facts with facts of its own."""

CLES = {"cles": "SIU"}
"""Of a service's own schema in the keys' database: never a deletion."""

SANS_DROIT = frozenset({"migrations"})
"""Alembic's own: one revision and nothing else; no role of the application may so much as look."""


def permises(service: str, table: Table, role: str) -> str:
    """The letters of the commands `role` may carry out on a table of `service`'s base, or of the keys' base."""
    proprietaire, _, fonction = role.rpartition("_")
    if table.nom in SANS_DROIT:
        return ""
    if table.base.endswith("cles"):
        return CLES.get(fonction, "") if proprietaire == table.schema else ""
    if proprietaire != service:
        return ""
    connus = {**DROITS, **(REACTIONS if service == "notifications" else {})}
    droits = connus.get(table.complet) or connus.get(f"{table.schema}.*")
    assert droits is not None, f"{service}: say in tests/frontieres/attendus.py who may do what with {table.complet}"
    return droits.get(fonction, "")


# Which rows whom


Regle: TypeAlias = Callable[[Ligne, Regard, Contenu], bool]

BAILLEUR, ASSOCIATION = frozenset({"agent", "responsable"}), frozenset({"referent", "coordinateur"})
METIER = BAILLEUR | ASSOCIATION | {"analyste"}


def _org(regard: Regard, roles: frozenset[str]) -> str | None:
    """The organisation somebody acts for, when one of `roles` is theirs."""
    return str(regard.organisation) if regard.organisation and regard.roles & roles else None


def _est(regard: Regard, roles: frozenset[str], *organisations: Any) -> bool:
    org = _org(regard, roles)
    return org is not None and org in organisations


def _conventions(contenu: Contenu, regard: Regard, visible: Regle) -> list[Ligne]:
    return [row for row in contenu["vues.conventions"] if visible(row, regard, contenu)]


def _convention(row: Ligne, regard: Regard, _: Contenu) -> bool:
    return (
        _est(regard, BAILLEUR, row["bailleur"])
        or _est(regard, ASSOCIATION, row["association"])
        or _est(regard, METIER, *row["financeurs"])
    )


def _de_ma_convention(row: Ligne, regard: Regard, contenu: Contenu) -> bool:
    return row["convention"] in {c["convention"] for c in _conventions(contenu, regard, _convention)}


def _places(row: Ligne, regard: Regard, contenu: Contenu) -> bool:
    return any(
        c["convention"] == row["convention"]
        and (_est(regard, BAILLEUR, c["bailleur"]) or _est(regard, ASSOCIATION, c["association"]))
        for c in contenu["vues.conventions"]
    )


def _suivi(row: Ligne, regard: Regard, contenu: Contenu) -> Ligne | None:
    """The portfolio's row of the dossier, for those of the association."""
    return next(
        (
            d
            for d in contenu["vues.portefeuille"]
            if d["dossier"] == row["stream_id"] and _est(regard, ASSOCIATION, d["association"])
        ),
        None,
    )


def _reserve(row: Ligne, regard: Regard, contenu: Contenu) -> bool:
    """Whether what is kept to the référent is kept from this one: neither its author nor the référent of now."""
    suivi = _suivi(row, regard, contenu)
    return str(regard.membre) not in (row["auteur"], suivi["referent"] if suivi else None)


def _frise(row: Ligne, regard: Regard, contenu: Contenu) -> bool:
    return _suivi(row, regard, contenu) is not None and not (row["reserve"] and _reserve(row, regard, contenu))


def _note(row: Ligne, regard: Regard, contenu: Contenu) -> bool:
    sienne = _est(regard, ASSOCIATION, row["organisation"])
    return sienne and (row["niveau"] == "equipe" or not _reserve(row, regard, contenu))


def _du_bailleur(colonne: str) -> Regle:
    return lambda row, regard, _: _est(regard, BAILLEUR, row[colonne])


def _de_l_association(colonne: str) -> Regle:
    return lambda row, regard, _: _est(regard, ASSOCIATION, row[colonne])


def _technique(*roles: str) -> Regle:
    """Read by the program for itself, under a name no account can bear, or by the services' own accounts."""
    return lambda row, regard, _: not regard.roles.isdisjoint(roles)


def _du_mien(row: Ligne, regard: Regard, _: Contenu) -> bool:
    return row["organisation"] == str(regard.organisation) or not regard.roles.isdisjoint({"exploitant"})


def _convention_du_reseau(row: Ligne, regard: Regard, _: Contenu) -> bool:
    return str(regard.organisation) in (row["bailleur"], row["association"], *row["financeurs"])


def _organisation(row: Ligne, regard: Regard, contenu: Contenu) -> bool:
    if _du_mien(row, regard, contenu) or "controle" in regard.roles:
        return True
    vues = _conventions(contenu, regard, _convention_du_reseau)
    return any(row["organisation"] in (c["bailleur"], c["association"], *c["financeurs"]) for c in vues)


def _dispositif(row: Ligne, regard: Regard, contenu: Contenu) -> bool:
    vues = _conventions(contenu, regard, _convention_du_reseau)
    return row["organisation"] == str(regard.organisation) or any(c["dispositif"] == row["dispositif"] for c in vues)


def _message(row: Ligne, regard: Regard, _: Contenu) -> bool:
    if row["organisation"] != str(regard.organisation):
        return False
    if row["membre"] is not None:
        return row["membre"] == str(regard.membre) and "referent" in regard.roles
    return not regard.roles.isdisjoint({row["role"]} if row["role"] else BAILLEUR)


def _du_membre(row: Ligne, regard: Regard, _: Contenu) -> bool:
    return regard.membre is not None and row["membre"] == str(regard.membre)


VISIBLES: Mapping[str, Mapping[str, Regle]] = {
    "dossiers": {
        "acces": lambda row, regard, _: _est(regard, METIER, row["organisation"]) or "acces" in regard.roles,
        "conventions": _convention,
        "places": _places,
        "portefeuille": _de_l_association("association"),
        "travail": _de_l_association("association"),
        "frise": _frise,
        "notes": _note,
        "rendez_vous": _de_l_association("association"),
        "rendez_vous_communs": _du_bailleur("bailleur"),
        "orientations": _du_bailleur("bailleur"),
        "indicateurs": _de_ma_convention,
        "recherche_bailleur": _du_bailleur("organisation"),
        "recherche_association": _de_l_association("organisation"),
    },
    "partenaires": {
        "acces": lambda row, regard, contenu: _du_mien(row, regard, contenu) or "acces" in regard.roles,
        "conventions": _convention_du_reseau,
        "organisations": _organisation,
        "membres": _du_mien,
        "dispositifs": _dispositif,
    },
    "notifications": {
        "acces": _technique("acces"),
        "organisations": _technique("service"),
        "conventions": lambda row, regard, _: _est(regard, frozenset({"analyste"}), *row["financeurs"]),
        "suivis": _technique("service"),
        "echeancier": _technique("service"),
        "traitees": _technique("service"),
        "boite": _message,
        "lectures": _du_membre,
        "flux": _technique("flux"),
    },
    "portail": {"sessions": _du_membre, "brouillons": _du_membre},
}


PARTOUT: Mapping[str, Regle] = {"etats": _technique("exploitant")}
"""What every service has."""


def regle(service: str, table: Table) -> Regle:
    """Whom a row of a table is shown to by the API's role. Raises AssertionError for a table nobody spoke of."""
    found = {**PARTOUT, **VISIBLES[service]}.get(table.nom)
    assert found is not None, f"{service}: say in tests/frontieres/attendus.py who may see the rows of {table.complet}"
    return found


def vues(service: str, table: Table, regard: Regard, contenu: Contenu) -> list[Ligne]:
    """The rows of a table that role api may see under a context."""
    montree = regle(service, table)
    return [row for row in contenu[table.complet] if montree(row, regard, contenu)]


def attendu(service: str, essai: Essai, contenu: Contenu, modeles: Mapping[str, Ligne]) -> Issue:
    """What must come of a trial."""
    if LETTRES[essai.commande] not in permises(service, essai.table, essai.role):
        return None
    de_l_api = essai.role.endswith("_api")
    rows = vues(service, essai.table, essai.regard, contenu) if de_l_api else contenu[essai.table.complet]
    match essai.commande:
        case "SELECT":
            return frozenset(row["md5"] for row in rows)
        case "INSERT":
            modele = modeles[essai.table.complet]
            sienne = not de_l_api or regle(service, essai.table)(modele, essai.regard, contenu)
            return 1 if sienne else None
        case _:
            return len(rows)


OUVERTES_A = {"charger": "_ajout", "position": "_api", "trouver": "_api", "consultations": "_api"}
"""The one role that may call each function that runs with its owner's rights."""


def derriere(porte: Porte, contenu: Contenu, lecteur: str) -> Issue:
    """What a door must let out: a stream to its parties and to the clock's account, a command to whoever sent it, a
    dossier to the organisation that may look for it, who opened it to its parties (the other's people without a name)."""
    regard, org = porte.regard, str(porte.regard.organisation)
    if not porte.role.endswith(OUVERTES_A[porte.fonction]):
        return None
    if porte.fonction == "trouver":
        return frozenset(
            row["dossier"]
            for table, montree in VISIBLES["dossiers"].items()
            if table.startswith("recherche_")
            for row in contenu[f"vues.{table}"]
            if porte.terme in (row["termes"] or ()) and montree(row, regard, contenu)
        )
    ouverte = any(
        s["stream_id"] == porte.stream and (org in s["organisations"] or "service" in regard.roles)
        for s in contenu["faits.streams"]
    )
    if porte.fonction == "consultations":
        lues = [c for c in contenu["faits.consultations"] if c["dossier"] == porte.stream]
        siennes = {c["membre"] if c["organisation"] == org else c["organisation"] for c in lues}
        return frozenset(siennes if ouverte and regard.roles else ())
    if porte.fonction == "position":
        connue = any(
            p["lecteur"] == lecteur and p["stream_id"] == porte.stream and p["version"] > 0
            for p in contenu["faits.positions"]
        )
        return frozenset({"version"} if ouverte and connue else ())
    faits: Iterable[str] = (e["id"] for e in contenu["faits.events"] if e["stream_id"] == porte.stream)
    envoyee = any(c["command_id"] == porte.commande and c["organisation"] == org for c in contenu["faits.commands"])
    return frozenset(faits if ouverte else ()) | frozenset({"commande"} if envoyee else ())
