"""Commands and views over HTTP, on real PostgreSQL and Kafka."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.partenaires.amorce import Compte, Installation, amorcer
from services.socle.base.clock import regler
from tests.monde import DEBUT
from tests.partenaires.reseau import MEMBRES, MOTIF, Reseau

DISPOSITIF = {"nom": "Entraide", "publics": ["jeunes"], "themes": ["sante"]}


def refuse(reponse: httpx.Response, statut: int, code: str) -> dict[str, Any]:
    assert (reponse.status_code, reponse.json()["code"]) == (statut, code), reponse.text
    probleme: dict[str, Any] = reponse.json()
    assert "…" not in probleme["detail"], "a detail the sentence needs is missing"
    return probleme


def proposition(reseau: Reseau, **champs: Any) -> dict[str, Any]:
    return {
        "dispositif": reseau.poses["dispositif.semis"],
        "bailleur": reseau.organisations["semis"],
        "association": reseau.organisations["tremplin17"],
        "places": 5,
        "debut": "2026-01-05",
        "fin": "2026-12-31",
    } | champs


async def proposer(reseau: Reseau, **champs: Any) -> str:
    effet = await reseau.faire("semis.responsable", "conventions/proposer", proposition(reseau, **champs))
    return f"conventions/{effet['id']}"


# From the command to every actor's view


async def test_la_convention_signee_par_les_deux_est_active_pour_ses_parties_et_son_financeur(reseau: Reseau) -> None:
    for sujet in ("semis.agent", "semis.responsable", "tremplin17.referent", "etat.analyste"):
        vue = (await reseau.lire(sujet, f"conventions/{reseau.poses['convention.semis']}")).json()
        assert (vue["statut"], vue["places"], vue["active_depuis"]) == ("active", 30, "2026-01-05")
        noms = vue["bailleur_nom"], vue["association_nom"], vue["dispositif_nom"]
        assert noms == ("semis", "tremplin17", "Insertion semis")
        assert sum(ligne["montant_centimes"] for ligne in vue["plans"][0]["lignes"]) == 4_700_000
        signataires = [s["organisation"] for s in vue["signatures"]]
        assert signataires == [reseau.organisations["semis"], reseau.organisations["tremplin17"]]


async def test_un_membre_se_connait(reseau: Reseau) -> None:
    moi = (await reseau.lire("tremplin17.referent", "moi")).json()
    assert moi == {
        "membre": reseau.membres["tremplin17.referent"],
        "organisation": reseau.organisations["tremplin17"],
        "nature": "association",
        "roles": ["referent"],
    }


async def test_l_organisation_lit_le_nom_de_ses_membres(reseau: Reseau) -> None:
    reponse = await reseau.lire("semis.agent", f"organisations/{reseau.organisations['semis']}/membres")
    membres = {m["membre"]: m for m in reponse.json()["elements"]}
    agent = membres[reseau.membres["semis.agent"]]
    assert (agent["nom"], agent["courriel"]) == (f"{MOTIF} semis.agent", f"{MOTIF}@x")
    assert (agent["statut"], agent["roles"]) == ("habilite", ["agent"])


async def test_l_exploitant_voit_toutes_les_organisations_page_par_page(reseau: Reseau) -> None:
    vues: list[str] = []
    suivant: str | None = None
    for _ in range(10):
        page = (
            await reseau.lire("exploitant", "organisations", limite=3, **({"apres": suivant} if suivant else {}))
        ).json()
        vues += [o["nom"] for o in page["elements"]]
        assert page["total"] >= len(MEMBRES) + 2
        suivant = page["suivant"]
        if suivant is None:
            break
    assert len(vues) == len(set(vues)) == page["total"]
    assert {*MEMBRES, "Maillage", "Services de Maillage"} <= set(vues)


async def test_ce_qui_vient_d_etre_ouvert_peut_etre_convenu_aussitot(reseau: Reseau) -> None:
    ouvert = await reseau.poster("semis.responsable", "dispositifs/ouvrir", DISPOSITIF)
    corps = proposition(reseau, dispositif=ouvert.json()["id"])
    reponse = await reseau.poster("semis.responsable", "conventions/proposer", corps)
    assert reponse.status_code == 201, reponse.text


# Members


async def test_un_membre_retire_est_refuse_des_sa_demande_suivante(reseau: Reseau) -> None:
    organisation = reseau.organisations["semis"]
    membre = await reseau.habiliter("semis.responsable", organisation, "semis.passage", "agent")
    assert (await reseau.lire("semis.passage", "moi")).status_code == 200
    retire = await reseau.poster(
        "semis.responsable", f"organisations/{organisation}/retirer-membre", {"membre": membre}
    )
    assert retire.status_code == 200, retire.text
    refuse(await reseau.lire("semis.passage", "moi"), 401, "jeton_sans_acces")


async def test_un_membre_retire_garde_son_nom_chez_lui_et_libere_son_compte(reseau: Reseau) -> None:
    organisation = reseau.organisations["semis"]
    membre = await reseau.habiliter("semis.responsable", organisation, "semis.depart", "agent")
    await reseau.faire("semis.responsable", f"organisations/{organisation}/retirer-membre", {"membre": membre})
    liste = (await reseau.lire("semis.agent", f"organisations/{organisation}/membres", limite=200)).json()["elements"]
    assert {m["membre"]: (m["statut"], m["roles"]) for m in liste}[membre] == ("retire", [])
    ailleurs = reseau.organisations["autre-bailleur"]
    await reseau.habiliter("autre-bailleur.responsable", ailleurs, "semis.depart", "agent")
    assert (await reseau.lire("semis.depart", "moi")).json()["organisation"] == ailleurs


async def test_une_organisation_ne_prend_pas_le_compte_d_une_autre(reseau: Reseau) -> None:
    chez = f"organisations/{reseau.organisations['autre-bailleur']}"
    invite = await reseau.faire("autre-bailleur.responsable", f"{chez}/inviter-membre", {"nom": "Pirate Exemple"})
    prise = {"membre": invite["membre"], "sujet": "semis.agent", "roles": ["agent"]}
    refuse(
        await reseau.poster("autre-bailleur.responsable", f"{chez}/habiliter-membre", prise), 409, "sujet_deja_attribue"
    )
    moi = (await reseau.lire("semis.agent", "moi")).json()
    assert moi["organisation"] == reseau.organisations["semis"]


async def test_un_agent_ne_gere_pas_les_membres(reseau: Reseau) -> None:
    chez = f"organisations/{reseau.organisations['semis']}"
    probleme = refuse(
        await reseau.poster("semis.agent", f"{chez}/inviter-membre", {"nom": "X"}), 403, "role_insuffisant"
    )
    assert "X" not in probleme["detail"]


async def test_l_exploitant_n_entre_pas_dans_une_organisation_qui_se_gere(reseau: Reseau) -> None:
    chez = f"organisations/{reseau.organisations['semis']}"
    refuse(
        await reseau.poster("exploitant", f"{chez}/inviter-membre", {"nom": "Exploitant"}), 403, "organisation_autonome"
    )


async def test_seul_l_exploitant_inscrit(reseau: Reseau) -> None:
    corps = {"nom": "Neuve", "nature": "bailleur", "commune": "17415", "emetteur": reseau.monde.poste.url}
    refuse(await reseau.poster("semis.responsable", "organisations/inscrire", corps), 403, "role_insuffisant")
    refuse(
        await reseau.poster("exploitant", "organisations/inscrire", corps | {"nature": "club"}), 422, "nature_inconnue"
    )


# The same command twice, and a version in view


async def test_la_meme_invitation_renvoyee_n_invite_qu_une_fois(reseau: Reseau) -> None:
    chez, cle = f"organisations/{reseau.organisations['semis']}", str(uuid4())
    corps = {"nom": "Dominique Exemple"}
    une, deux = [
        await reseau.poster("semis.responsable", f"{chez}/inviter-membre", corps, **{"Idempotency-Key": cle})
        for _ in range(2)
    ]
    assert une.status_code == deux.status_code == 200
    assert une.json() == deux.json()
    vues = await reseau.lire("semis.agent", f"{chez}/membres", limite=200, au_moins=une.json()["version"])
    assert [m["nom"] for m in vues.json()["elements"]].count("Dominique Exemple") == 1
    autre = await reseau.poster(
        "semis.responsable", f"{chez}/inviter-membre", {"nom": "Autre Exemple"}, **{"Idempotency-Key": cle}
    )
    refuse(autre, 409, "commande_deja_utilisee")


async def test_la_meme_cle_de_deux_organisations_fait_deux_dispositifs(reseau: Reseau) -> None:
    cle = {"Idempotency-Key": str(uuid4())}
    ids = {
        (await reseau.poster(sujet, "dispositifs/ouvrir", DISPOSITIF, **cle)).json()["id"]
        for sujet in ("semis.responsable", "tremplin17.coordinateur", "autre-bailleur.responsable")
    }
    assert len(ids) == 3


async def test_une_version_perimee_est_refusee(reseau: Reseau) -> None:
    convention = await proposer(reseau)
    reponse = await reseau.poster("semis.responsable", f"{convention}/signer", **{"If-Match": '"7"'})
    refuse(reponse, 412, "version_perimee")
    assert (await reseau.poster("semis.responsable", f"{convention}/signer", **{"If-Match": '"1"'})).status_code == 200


# Conventions


async def test_une_convention_incoherente_est_refusee_avec_sa_raison(reseau: Reseau) -> None:
    o = reseau.organisations
    cas = [
        (proposition(reseau, fin="2026-01-05"), 422, "convention_sans_duree"),
        (proposition(reseau, association=str(uuid4())), 422, "partie_inconnue"),
        (proposition(reseau, association=o["etat"]), 422, "partie_inconnue"),
        (proposition(reseau, dispositif=reseau.poses["dispositif.autre-bailleur"]), 422, "dispositif_inconnu"),
        (proposition(reseau, bailleur=o["autre-bailleur"]), 403, "partie_etrangere"),
        (proposition(reseau, debut="2025-01-01", fin="2025-12-31"), 409, "convention_perimee"),
    ]
    for corps, statut, code in cas:
        refuse(await reseau.poster("semis.responsable", "conventions/proposer", corps), statut, code)


async def test_l_autre_partie_propose_aussi_sur_le_dispositif_commun(reseau: Reseau) -> None:
    reponse = await reseau.poster("tremplin17.coordinateur", "conventions/proposer", proposition(reseau))
    assert reponse.status_code == 201, reponse.text


async def test_une_association_sans_lien_se_laisse_proposer_et_voit_alors_le_dispositif(reseau: Reseau) -> None:
    ouvert = await reseau.faire("autre-bailleur.responsable", "dispositifs/ouvrir", DISPOSITIF)
    assert (await reseau.lire("autre-association.referent", f"dispositifs/{ouvert['id']}")).status_code == 404
    corps = proposition(
        reseau,
        dispositif=ouvert["id"],
        bailleur=reseau.organisations["autre-bailleur"],
        association=reseau.organisations["autre-association"],
    )
    await reseau.faire("autre-bailleur.responsable", "conventions/proposer", corps)
    assert (await reseau.lire("autre-association.referent", f"dispositifs/{ouvert['id']}")).status_code == 200


async def test_l_horloge_active_puis_fait_echoir(reseau: Reseau) -> None:
    convention = await proposer(reseau, debut="2026-02-01", fin="2026-03-31")
    await reseau.faire("semis.responsable", f"{convention}/signer")
    await reseau.faire("tremplin17.coordinateur", f"{convention}/signer")
    refuse(await reseau.poster("semis.responsable", f"{convention}/activer"), 404, "inconnu")
    refuse(await reseau.poster("horloge", f"{convention}/activer"), 409, "convention_pas_commencee")
    try:
        reseau.monde.jour(date(2026, 2, 11))
        assert (await reseau.poster("horloge", f"{convention}/activer")).status_code == 200
        refuse(await reseau.poster("horloge", f"{convention}/echoir"), 409, "convention_en_cours")
        reseau.monde.jour(date(2026, 5, 1))
        effet = await reseau.poster("horloge", f"{convention}/echoir")
        assert effet.status_code == 200, effet.text
        vue = (await reseau.lire("semis.agent", convention, au_moins=effet.json()["version"])).json()
        assert (vue["statut"], vue["active_depuis"]) == ("echue", "2026-02-01")
    finally:
        reseau.monde.jour(DEBUT)


async def test_la_convention_finit_avec_le_jour_de_paris(reseau: Reseau) -> None:
    """At 23:30 in Paris on 31 March it is 21:30 in UTC (summer time): still the last day."""
    convention = await proposer(reseau, fin="2026-03-31")
    await reseau.faire("semis.responsable", f"{convention}/signer")
    await reseau.faire("tremplin17.coordinateur", f"{convention}/signer")
    soir = datetime(2026, 3, 31, 21, 30, tzinfo=UTC)
    try:
        regler(reseau.monde.horloge, soir)
        refuse(await reseau.poster("horloge", f"{convention}/echoir"), 409, "convention_en_cours")
        regler(reseau.monde.horloge, soir + timedelta(hours=1))
        assert (await reseau.poster("horloge", f"{convention}/echoir")).status_code == 200
    finally:
        reseau.monde.jour(DEBUT)


async def test_un_financeur_retire_du_plan_ne_voit_plus_la_convention(reseau: Reseau) -> None:
    convention, o = await proposer(reseau), reseau.organisations
    plan = f"{convention}/etablir-plan-de-financement"
    ligne = {"financeur": o["etat"], "source": "avdl", "montant_centimes": 1}
    await reseau.faire("semis.responsable", plan, {"annee": 2026, "lignes": [ligne]})
    assert (await reseau.lire("etat.analyste", convention)).status_code == 200
    await reseau.faire("tremplin17.coordinateur", plan, {"annee": 2026, "lignes": [ligne | {"financeur": o["semis"]}]})
    refuse(await reseau.lire("etat.analyste", convention), 404, "inconnu")


async def test_un_plan_incoherent_est_refuse_avec_sa_raison(reseau: Reseau) -> None:
    convention = await proposer(reseau)
    ligne = {"financeur": reseau.organisations["etat"], "source": "avdl", "montant_centimes": 1}
    cas = [
        (2026, [ligne | {"financeur": str(uuid4())}], 422, "financeur_inconnu"),
        (2026, [ligne | {"financeur": reseau.installee.services.hex}], 422, "financeur_inconnu"),
        (2026, [ligne, ligne], 422, "ligne_en_double"),
        (2026, [ligne | {"montant_centimes": 0}], 422, "plan_sans_montant"),
        (2027, [ligne], 422, "annee_hors_convention"),
        (2026, [ligne | {"source": "loterie"}], 422, "code_inconnu"),
    ]
    for annee, lignes, statut, code in cas:
        reponse = await reseau.poster(
            "semis.responsable", f"{convention}/etablir-plan-de-financement", {"annee": annee, "lignes": lignes}
        )
        refuse(reponse, statut, code)


# Bad input


@pytest.mark.parametrize(
    "champs",
    [
        {"places": "trente"},
        {"places": 0},
        {"places": 10**12},
        {"debut": "2026-02-30"},
        {"fin": "9999-12-31"},
        {"debut": 3},
        {"bailleur": "semis"},
        {"regles": {"periodicite_mois": 0}},
        {"regles": {"periodicite": 2}},
        {"nom": "inconnu"},
    ],
)
async def test_un_champ_faux_est_nomme(reseau: Reseau, champs: dict[str, Any]) -> None:
    reponse = await reseau.poster("semis.responsable", "conventions/proposer", proposition(reseau, **champs))
    probleme = refuse(reponse, 422, "champs_invalides")
    assert probleme["champs"]


@pytest.mark.parametrize("nom", ["", "   ", "\x00", "a\x07b", "x" * 201, "\U0001d160" * 150])
async def test_un_nom_que_les_faits_ne_peuvent_tenir_est_refuse(reseau: Reseau, nom: str) -> None:
    """The last one fits in 200 characters until it is normalised, and would then be unreadable in the store."""
    reponse = await reseau.poster("semis.responsable", "dispositifs/ouvrir", DISPOSITIF | {"nom": nom})
    refuse(reponse, 422, "champs_invalides")


async def test_sans_cle_d_idempotence_rien_ne_se_fait(reseau: Reseau) -> None:
    client, jeton = reseau.monde.clients["partenaires"], reseau.monde.jeton("semis.responsable")
    reponse = await client.post("/v1/dispositifs/ouvrir", json=DISPOSITIF, headers=jeton)
    refuse(reponse, 400, "cle_idempotence_absente")


# Installing a deployment twice


async def test_amorcer_encore_ne_change_rien(reseau: Reseau) -> None:
    avant = (await reseau.lire("exploitant", "organisations")).json()["total"]
    moyens = reseau.monde.apps["partenaires"].state.moyens
    encore = Installation("Un autre nom", "17415", reseau.monde.poste.url, (Compte("Renommée", "exploitant"),))
    assert await amorcer(moyens.handler, moyens.dehors, encore, datetime(2026, 6, 1, tzinfo=UTC)) == reseau.installee
    assert (await reseau.lire("exploitant", "organisations")).json()["total"] == avant
    membres = await reseau.lire("exploitant", f"organisations/{reseau.installee.exploitant}/membres")
    assert [m["nom"] for m in membres.json()["elements"]] == [f"{MOTIF} exploitant"]
