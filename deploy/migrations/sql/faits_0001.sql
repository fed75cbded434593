CREATE TABLE faits.commands (
	organisation UUID NOT NULL, 
	command_id UUID NOT NULL, 
	empreinte BYTEA NOT NULL, 
	stream_id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	instant TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	PRIMARY KEY (organisation, command_id)
)
;;
CREATE TABLE faits.curseurs (
	nom TEXT NOT NULL, 
	epoque TEXT NOT NULL, 
	txid xid8 NOT NULL, 
	pos BIGINT NOT NULL, 
	temoins TEXT DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (nom)
)
;;
CREATE TABLE faits.events (
	pos BIGINT GENERATED ALWAYS AS IDENTITY, 
	txid xid8 DEFAULT pg_current_xact_id() NOT NULL, 
	id UUID NOT NULL, 
	stream_id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	type TEXT NOT NULL, 
	schema_version SMALLINT NOT NULL, 
	data BYTEA NOT NULL, 
	organisation UUID NOT NULL, 
	auteur UUID NOT NULL, 
	instant TIMESTAMP WITH TIME ZONE NOT NULL, 
	correlation UUID NOT NULL, 
	causation UUID NOT NULL, 
	trace TEXT, 
	PRIMARY KEY (stream_id, version)
)
;;
CREATE TABLE faits.garage (
	lecteur TEXT NOT NULL, 
	stream_id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	valeur BYTEA NOT NULL, 
	en_tetes BYTEA NOT NULL, 
	raison TEXT NOT NULL, 
	depuis TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	PRIMARY KEY (lecteur, stream_id, version)
)
;;
CREATE TABLE faits.lectures_kafka (
	lecteur TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	partition INTEGER NOT NULL, 
	epoque TEXT NOT NULL, 
	prochain BIGINT NOT NULL, 
	PRIMARY KEY (lecteur, topic, partition)
)
;;
CREATE TABLE faits.positions (
	lecteur TEXT NOT NULL, 
	stream_id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	PRIMARY KEY (lecteur, stream_id)
)
 WITH (fillfactor = 80)
;;
CREATE TABLE faits.streams (
	stream_id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	organisations UUID[] NOT NULL, 
	PRIMARY KEY (stream_id)
)
 WITH (fillfactor = 80)
;;
CREATE INDEX events_ordre ON faits.events (txid, pos)
;;
CREATE FUNCTION faits.organisation() RETURNS uuid LANGUAGE sql STABLE
  RETURN nullif(current_setting('maillage.organisation', true), '')::uuid
;;
CREATE FUNCTION faits.membre() RETURNS uuid LANGUAGE sql STABLE
  RETURN nullif(current_setting('maillage.membre', true), '')::uuid
;;
CREATE FUNCTION faits.a_le_role(role text) RETURNS boolean LANGUAGE sql STABLE
  RETURN role = ANY (string_to_array(coalesce(current_setting('maillage.roles', true), ''), ','));
;;

CREATE FUNCTION faits.charger(p_stream uuid, p_organisation uuid, p_roles text, p_commande uuid)
RETURNS TABLE (empreinte bytea, commande_stream uuid, commande_version int,
               version int, ids uuid[], types text[], schemas smallint[], donnees bytea[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM set_config('maillage.organisation', p_organisation::text, true), set_config('maillage.roles', p_roles, true);
  RETURN QUERY
    SELECT c.empreinte, c.stream_id, c.version, coalesce(e.version, 0), e.ids, e.types, e.schemas, e.donnees
      FROM (SELECT max(h.version) AS version, array_agg(h.id ORDER BY h.version) AS ids,
                   array_agg(h.type ORDER BY h.version) AS types,
                   array_agg(h.schema_version ORDER BY h.version) AS schemas,
                   array_agg(h.data ORDER BY h.version) AS donnees
              FROM faits.events h WHERE h.stream_id = p_stream) e
      LEFT JOIN faits.commands c ON c.organisation = p_organisation AND c.command_id = p_commande;
END $$

;;

CREATE FUNCTION faits.position(p_lecteur text, p_stream uuid) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$ SELECT coalesce((SELECT version FROM faits.positions WHERE lecteur = p_lecteur AND stream_id = p_stream), 0) $$

;;
REVOKE ALL ON FUNCTION faits.charger, faits.position FROM PUBLIC
;;
GRANT EXECUTE ON FUNCTION faits.charger TO {service}_ajout
;;
GRANT EXECUTE ON FUNCTION faits.position TO {service}_api
;;
ALTER TABLE faits.commands ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE faits.curseurs ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE faits.events ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE faits.garage ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE faits.lectures_kafka ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE faits.positions ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE faits.streams ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE faits.commands FORCE ROW LEVEL SECURITY
;;
ALTER TABLE faits.curseurs FORCE ROW LEVEL SECURITY
;;
ALTER TABLE faits.events FORCE ROW LEVEL SECURITY
;;
ALTER TABLE faits.garage FORCE ROW LEVEL SECURITY
;;
ALTER TABLE faits.lectures_kafka FORCE ROW LEVEL SECURITY
;;
ALTER TABLE faits.positions FORCE ROW LEVEL SECURITY
;;
ALTER TABLE faits.streams FORCE ROW LEVEL SECURITY
;;
CREATE POLICY parties ON faits.streams FOR SELECT TO {service}_proprietaire USING (faits.organisation() = ANY (organisations) OR faits.a_le_role('service'))
;;
CREATE POLICY parties ON faits.events FOR SELECT TO {service}_proprietaire
            USING (EXISTS (SELECT FROM faits.streams s WHERE s.stream_id = events.stream_id))
;;
CREATE POLICY parties ON faits.positions FOR SELECT TO {service}_proprietaire
            USING (EXISTS (SELECT FROM faits.streams s WHERE s.stream_id = positions.stream_id))
;;
CREATE POLICY siennes ON faits.commands FOR SELECT TO {service}_proprietaire USING (organisation = faits.organisation())
;;
GRANT INSERT ON faits.events, faits.commands TO {service}_ajout
;;
GRANT SELECT, INSERT, UPDATE ON faits.streams TO {service}_ajout
;;
CREATE POLICY ajout ON faits.events FOR INSERT TO {service}_ajout WITH CHECK (true)
;;
CREATE POLICY ajout ON faits.commands FOR INSERT TO {service}_ajout WITH CHECK (true)
;;
CREATE POLICY ajout ON faits.streams TO {service}_ajout USING (true) WITH CHECK (true)
;;
GRANT SELECT ON faits.events, faits.streams TO {service}_suite
;;
CREATE POLICY suite ON faits.events FOR SELECT TO {service}_suite USING (true)
;;
CREATE POLICY suite ON faits.streams FOR SELECT TO {service}_suite USING (true)
;;
GRANT SELECT, INSERT, UPDATE, DELETE ON faits.curseurs TO {service}_suite
;;
GRANT SELECT, INSERT, UPDATE, DELETE ON faits.positions TO {service}_suite
;;
GRANT SELECT, INSERT, UPDATE, DELETE ON faits.garage TO {service}_suite
;;
GRANT SELECT, INSERT, UPDATE, DELETE ON faits.lectures_kafka TO {service}_suite
;;
CREATE POLICY suite ON faits.curseurs TO {service}_suite USING (true) WITH CHECK (true)
;;
CREATE POLICY suite ON faits.positions TO {service}_suite USING (true) WITH CHECK (true)
;;
CREATE POLICY suite ON faits.garage TO {service}_suite USING (true) WITH CHECK (true)
;;
CREATE POLICY suite ON faits.lectures_kafka TO {service}_suite USING (true) WITH CHECK (true)
