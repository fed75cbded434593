"""`python -m deploy.cli`, which is what `maillage` runs."""

from deploy.cli.commande import app

if __name__ == "__main__":
    app()
