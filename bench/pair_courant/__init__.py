"""The pipeline a good team writes with stock parts: our peer for the delay to the other's view.

FastAPI and SQLAlchemy (async, on asyncpg) behind uvicorn; the event goes into an outbox table in the command's own
transaction; a relay polls that table (FOR UPDATE SKIP LOCKED, a hundred at a time, after five milliseconds when there was
nothing, and less often the longer there is) and sends to Kafka through aiokafka's idempotent producer; FastStream hands each
message to a subscriber that writes the view's row with SQLAlchemy's upsert, and only then acknowledges it. One API process,
one worker process for relay and subscriber, as ours.

As ours, it checks a signed token, refuses an id of command used before, locks and reads the dossier, checks its landlord,
its stage, the household's agreement and the convention, and moves the same texts into a view of the same columns. What it
does not do: encrypt anything, ask the database who may see a row, look for lost or doubled facts, keep the order of
two transactions that end the other way round, know a fact from a repeated one by its version, keep other views, or rebuild
any. All of that costs us and not it.
"""
