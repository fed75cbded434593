"""The command `maillage`: `commande.py` lists the subcommands, each family has a module of its own."""
