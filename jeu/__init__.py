"""People and gestures: invented households, those who accompany them, and what they do, each written once.

A gesture (`geste.py`) is the name that stands in an address, what is said there, and the fact it leaves. Who runs it decides
what it becomes: the body of a request (demonstration, captures, tests of the APIs and pages), a command for a chapter's
decider (tests of the rules), or the fact itself (bench, histories of the tests). Nothing here knows a service, an HTTP
client or a database; the contracts are all that is imported.

- `dossiers.py`, `partenaires.py`: the gestures on a dossier, and between organisations
- `gens.py`: the organisations, who works there, and a household
- `parcours.py`: a household's way from one stage to the next, who does what
"""
