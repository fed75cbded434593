"""How the lists say a number, a delay, a stage."""

from __future__ import annotations

from datetime import date

from django import template

from bench.pair_django.pages.mots import ETATS

register = template.Library()


@register.filter
def nombre(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")


@register.filter
def delai(le: date, aujourdhui: date) -> str:
    jours = (le - aujourdhui).days
    if jours in (-1, 0, 1):
        return ("hier", "aujourd’hui", "demain")[jours + 1]
    combien = f"{abs(jours)} jours" if abs(jours) < 60 else f"{abs(jours) // 30} mois"
    return f"dans {combien}" if jours > 0 else f"il y a {combien}"


@register.inclusion_tag("etiquette.html")
def etiquette(etape: str) -> dict[str, str]:
    libelle, ton = ETATS[etape]
    return {"libelle": libelle, "ton": ton}


@register.inclusion_tag("echeance.html")
def echeance(le: date, aujourdhui: date) -> dict[str, object]:
    return {"le": le, "aujourdhui": aujourdhui, "retard": le < aujourdhui}
