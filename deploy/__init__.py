"""Puts the services to work, on one machine or in a deployment. What is where, from what a person types down to the ground:

- `cli/`: the command `maillage`, a module per family of subcommands;
- `demonstration/`: the year of SEMIS × Tremplin 17, played through the services' APIs, and shown;
- `machine/`: everything on one machine, with its clock and its accounts (`maillage local`);
- `exploitation/`: a deployment: run a service, prepare, install, migrate, rebuild, examine;
- `compose/`, `kafka/`, `migrations/`, `roles.py`: what a deployment is made of;
- `moteurs/`: PostgreSQL and Kafka as this process's own children;
- `flux.py`: a funder's client of its feed; `schemas.py`, `statiques.py`: what is generated;
- `catalogue.py`, `serveur.py`, `terminal.py`: what all these share.

No import goes up this list, and none goes round (pyproject.toml, [tool.importlinter]).
"""
