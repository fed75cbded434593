from __future__ import annotations

from django.urls import path

from bench.pair_django.api import DeposerNote

urlpatterns = [path("v1/dossiers/<uuid:dossier>/deposer-note", DeposerNote.as_view())]
