"""Organisations and their members, conventions, dossiers with what is due next, and messages with who read them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F


class Organisation(models.Model):
    id = models.UUIDField(primary_key=True)
    nom = models.CharField(max_length=200)
    nature = models.CharField(max_length=32)


class Membre(models.Model):
    id = models.UUIDField(primary_key=True)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    nom = models.CharField(max_length=200)
    role = models.CharField(max_length=32)
    actif = models.BooleanField(default=True)


class Convention(models.Model):
    id = models.UUIDField(primary_key=True)
    bailleur = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    association = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    dispositif = models.CharField(max_length=200)
    active = models.BooleanField(default=False)
    places = models.IntegerField(default=10_000)
    libres = models.IntegerField(default=10_000)


class Dossier(models.Model):
    id = models.UUIDField(primary_key=True)
    nom = models.CharField(max_length=200)
    bailleur = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    association = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="+")
    convention = models.ForeignKey(Convention, null=True, on_delete=models.CASCADE)
    referent = models.ForeignKey(Membre, null=True, on_delete=models.SET_NULL)
    foyer = models.CharField(max_length=200)
    commune = models.CharField(max_length=100)
    qpv = models.BooleanField()
    motifs = ArrayField(models.CharField(max_length=64))
    etape = models.CharField(max_length=32, null=True)
    etape_depuis = models.DateField(null=True)
    etape_bailleur = models.CharField(max_length=32)
    etape_bailleur_depuis = models.DateField()
    repere_le = models.DateField()
    oriente_le = models.DateField(null=True)
    reponse_avant = models.DateField(null=True)
    prochaine_echeance = models.DateField(null=True)
    suivi = models.CharField(max_length=32, null=True)
    attendu = models.CharField(max_length=32, null=True)
    echeance = models.DateField(null=True)
    manquees = models.IntegerField()

    class Meta:
        indexes = (
            models.Index("bailleur", F("repere_le").desc(), "id", name="par_bailleur"),
            models.Index("bailleur", "etape_bailleur", name="par_etape_bailleur"),
            models.Index("association", F("oriente_le").desc(), "id", name="par_association"),
            models.Index("association", "referent", "etape", name="par_referent"),
            models.Index("association", "attendu", "echeance", name="par_echeance"),
        )


class Message(models.Model):
    id = models.UUIDField(primary_key=True)
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    role = models.CharField(max_length=32, null=True)
    membre = models.UUIDField(null=True)
    objet = models.CharField(max_length=64)
    echeance = models.DateField(null=True)
    le = models.DateField()
    instant = models.DateTimeField()

    class Meta:
        indexes = (models.Index("organisation", F("instant").desc(), "id", name="par_date"),)


class Lecture(models.Model):
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="lectures")
    membre = models.ForeignKey(Membre, on_delete=models.CASCADE)
    le = models.DateField()
