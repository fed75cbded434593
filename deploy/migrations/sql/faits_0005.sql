CREATE TYPE faits.ligne AS (
  cmd int, stream_id uuid, attendue int, n int, organisations uuid[],
  version int, id uuid, type text, schema_version smallint, data bytea,
  commande uuid, organisation uuid, auteur uuid, instant timestamptz, correlation uuid, trace text,
  issue int, empreinte bytea
)
