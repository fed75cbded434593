"""Our lists as one writes them with Django, its templates and its sessions: our peer for the pages.

One process instead of a portal before three services, one database, rows in clear. The same people are signed in
(contrib.sessions, contrib.auth), and see the same rows under the same filters and counts, written out as much: whoever
compares looks that the two pages weigh the same. What it does not do: decrypt, ask the database who may see a row, keep a
journal, show drafts.
"""
