"""The lists: each asks for one page of rows and for its counts, and renders a template."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bench.pair_django.pages import mots
from bench.pair_django.pages.models import Convention, Dossier, Membre, Message

PAR_PAGE = 50


@login_required
def orientations(request: HttpRequest) -> HttpResponse:
    membre = _membre(request)
    siens = Dossier.objects.filter(bailleur=membre.organisation_id)
    par_etape = dict(siens.values_list("etape_bailleur").annotate(Count("id")))
    etat = request.GET.get("etat", "")
    rows = siens.select_related("association").order_by("-repere_le", "id")
    if etat in mots.GROUPES_BAILLEUR:
        rows = rows.filter(etape_bailleur__in=mots.GROUPES_BAILLEUR[etat][1])
    convention = Convention.objects.filter(bailleur=membre.organisation_id, active=True)
    page, suivant = _page(rows)
    lignes = [(d, f"bailleur.{d.etape_bailleur}", *_attendu(d)) for d in page]
    comptes = _comptes("/orientations", mots.GROUPES_BAILLEUR, par_etape, etat)
    return _rendre(
        request, membre, "orientations.html", lignes=lignes, suivant=suivant, comptes=comptes, actives=list(convention)
    )


def _attendu(d: Dossier) -> tuple[str, str, date | None]:
    qui, quoi = mots.ATTENDUS_BAILLEUR.get(d.etape_bailleur, ("", ""))
    return qui, quoi, d.reponse_avant or d.prochaine_echeance


@login_required
def a_faire(request: HttpRequest) -> HttpResponse:
    membre = _membre(request)
    siens = Dossier.objects.filter(association=membre.organisation_id, attendu__isnull=False, referent=membre)
    par_tranche = siens.aggregate(total=Count("id"), **_par_tranche())
    page, suivant = _page(siens.order_by(F("echeance").asc(nulls_last=True), "id"))
    comptes = [
        (par_tranche[cle], nom, f"/a-faire?tranche={cle}", False, ton) for cle, (nom, ton) in mots.TRANCHES.items()
    ]
    comptes.append((par_tranche["total"], "Tout", "/a-faire", True, ""))
    lignes = [(d, *mots.GESTES[d.attendu]) for d in page]
    return _rendre(
        request, membre, "a_faire.html", lignes=lignes, suivant=suivant, comptes=comptes, referents=_referents(membre)
    )


@login_required
def menages(request: HttpRequest) -> HttpResponse:
    membre = _membre(request)
    siens = Dossier.objects.filter(association=membre.organisation_id, referent=membre)
    par_etape = dict(siens.values_list("etape").annotate(Count("id")))
    page, suivant = _page(siens.select_related("bailleur", "referent").order_by("-oriente_le", "id"))
    comptes = _comptes("/menages", mots.GROUPES, par_etape, "")
    lignes = [(d, d.prochaine_echeance or d.reponse_avant) for d in page]
    return _rendre(
        request, membre, "menages.html", lignes=lignes, suivant=suivant, comptes=comptes, referents=_referents(membre)
    )


@login_required
def a_traiter(request: HttpRequest) -> HttpResponse:
    membre = _membre(request)
    siens = Dossier.objects.filter(association=membre.organisation_id)
    rows = siens.filter(attendu="repondre").select_related("convention").order_by("echeance", "id")
    page, suivant = _page(rows)
    actives = Convention.objects.filter(association=membre.organisation_id, active=True).select_related("bailleur")
    a_confier = siens.filter(referent=None, etape__in=mots.SUIVIES).count()
    lignes = [(d, ", ".join(mots.MOTIFS.get(motif, motif) for motif in d.motifs)) for d in page]
    return _rendre(
        request, membre, "a_traiter.html", lignes=lignes, suivant=suivant, actives=list(actives), a_confier=a_confier
    )


@login_required
def charge(request: HttpRequest) -> HttpResponse:
    membre = _membre(request)
    siens = Dossier.objects.filter(association=membre.organisation_id)
    suivis = siens.filter(attendu__isnull=False, referent__isnull=False).exclude(attendu="repondre")
    par_referent = suivis.values("referent").annotate(ouverts=Count("id"), **_par_tranche())
    connus = {m.id: m for m in Membre.objects.filter(organisation=membre.organisation_id)}
    charges = sorted(
        ((connus[ligne["referent"]], ligne) for ligne in par_referent), key=lambda c: (c[0].actif, -c[1]["ouverts"])
    )
    sans = siens.filter(referent=None, etape__in=mots.SUIVIES)
    page, suivant = _page(sans.order_by("-oriente_le", "id"))
    tranches = [("en_retard", "En retard"), ("sept_jours", "7 jours"), ("trente_jours", "30 jours")]
    tranches += [("plus_tard", "Plus tard"), ("sans_echeance", "Sans échéance")]
    return _rendre(
        request, membre, "charge.html", lignes=page, suivant=suivant, total=sans.count(), tranches=tranches,
        charges=[(m, ligne["ouverts"], [(cle, nom, ligne[cle]) for cle, nom in tranches]) for m, ligne in charges],
        choix=[(m.id, m.nom, ligne["ouverts"]) for m, ligne in reversed(charges) if m.actif],
    )  # fmt: skip


@login_required
def boite(request: HttpRequest) -> HttpResponse:
    membre = _membre(request)
    # Those sent to the person, to their role, and to everybody of a landlord.
    pour = Q(membre=membre.id) | Q(membre=None, role=membre.role)
    if membre.role == "agent":
        pour |= Q(membre=None, role=None)
    siens = Message.objects.filter(pour, organisation=membre.organisation_id)
    lus = Q(lectures__membre=membre)
    rows = siens.exclude(lus).select_related("dossier").order_by("-instant", "id")
    page, suivant = _page(rows)
    tous, non_lus = siens.count(), siens.exclude(lus).count()
    comptes = [(non_lus, "À lire", "/boite", True, "moi"), (tous, "Tous", "/boite?tout=oui", False, "")]
    lignes = [(m, mots.PHRASES.get(m.objet, mots.AUTRE_PHRASE)) for m in page]
    return _rendre(request, membre, "boite.html", lignes=lignes, suivant=suivant, comptes=comptes)


# What they share


def _membre(request: HttpRequest) -> Any:
    return Membre.objects.select_related("organisation").get(user=request.user)


def _referents(membre: Any) -> list[Any]:
    actifs = Membre.objects.filter(organisation=membre.organisation_id, role="referent", actif=True)
    return list(actifs.exclude(id=membre.id).order_by("nom"))


def _page(rows: QuerySet[Any]) -> tuple[list[Any], bool]:
    """The first page, and whether there is another: one row more is asked for, instead of counting them all."""
    found = list(rows[: PAR_PAGE + 1])
    return found[:PAR_PAGE], len(found) > PAR_PAGE


def _comptes(adresse: str, groupes: dict[str, Any], par_etape: dict[str, int], etat: str) -> list[tuple[Any, ...]]:
    comptes = [
        (sum(par_etape.get(e, 0) for e in etapes), nom, f"{adresse}?etat={cle}", cle == etat, ton)
        for cle, (nom, etapes, ton) in groupes.items()
    ]
    return [*comptes, (sum(par_etape.values()), "Tous", adresse, etat not in groupes, "")]


def _par_tranche() -> dict[str, Any]:
    le = timezone.localdate()
    semaine, mois = le + timedelta(days=7), le + timedelta(days=30)
    tranches = {
        "en_retard": Q(echeance__lt=le),
        "sept_jours": Q(echeance__range=(le, semaine)),
        "trente_jours": Q(echeance__gt=semaine, echeance__lte=mois),
        "plus_tard": Q(echeance__gt=mois),
        "sans_echeance": Q(echeance=None),
    }
    return {nom: Count("id", filter=quoi) for nom, quoi in tranches.items()}


def _rendre(request: HttpRequest, membre: Any, gabarit: str, **donnees: Any) -> HttpResponse:
    donnees |= {
        "membre": membre, "menu": mots.MENUS[membre.role], "aujourdhui": timezone.localdate(), "commande": uuid4(),
    }  # fmt: skip
    return render(request, gabarit, donnees)
