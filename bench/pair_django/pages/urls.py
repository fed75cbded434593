from __future__ import annotations

from django.urls import path

from bench.pair_django.pages import views

urlpatterns = [
    path("orientations", views.orientations),
    path("a-faire", views.a_faire),
    path("menages", views.menages),
    path("orientations-a-traiter", views.a_traiter),
    path("charge", views.charge),
    path("boite", views.boite),
]
