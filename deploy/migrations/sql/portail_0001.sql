CREATE TABLE portail.brouillons (
	membre UUID NOT NULL, 
	id UUID NOT NULL, 
	organisation UUID NOT NULL, 
	menage UUID NOT NULL, 
	formulaire TEXT NOT NULL, 
	dossier UUID, 
	adresse TEXT NOT NULL, 
	contenu TEXT, 
	conclu TEXT, 
	cree_le TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	modifie_le TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	PRIMARY KEY (membre, id)
)
;;
CREATE TABLE portail.sessions (
	empreinte BYTEA NOT NULL, 
	membre UUID NOT NULL, 
	organisation UUID NOT NULL, 
	contenu BYTEA NOT NULL, 
	ouverte_le TIMESTAMP WITH TIME ZONE NOT NULL, 
	vue_le TIMESTAMP WITH TIME ZONE NOT NULL, 
	PRIMARY KEY (empreinte)
)
;;
CREATE INDEX brouillons_membre ON portail.brouillons (membre, modifie_le)
;;
CREATE INDEX brouillons_menage ON portail.brouillons (menage)
;;
CREATE INDEX sessions_membre ON portail.sessions (membre)
;;
CREATE INDEX sessions_ouverte_le ON portail.sessions (ouverte_le)
;;
ALTER TABLE portail.sessions ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE portail.sessions FORCE ROW LEVEL SECURITY
;;
GRANT SELECT, INSERT, UPDATE, DELETE ON portail.sessions TO {service}_api
;;
CREATE POLICY menage_du_temps ON portail.sessions FOR ALL TO {service}_suite USING (true)
;;
ALTER TABLE portail.brouillons ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE portail.brouillons FORCE ROW LEVEL SECURITY
;;
GRANT SELECT, INSERT, UPDATE, DELETE ON portail.brouillons TO {service}_api
;;
CREATE POLICY menage_du_temps ON portail.brouillons FOR ALL TO {service}_suite USING (true)
;;
GRANT SELECT (empreinte, ouverte_le), DELETE ON portail.sessions TO {service}_suite
;;
GRANT SELECT (id, organisation, menage, modifie_le), DELETE ON portail.brouillons TO {service}_suite
;;
CREATE POLICY la_sienne ON portail.sessions FOR ALL TO {service}_api USING (empreinte = decode(nullif(current_setting('maillage.session', true), ''), 'hex') OR membre = nullif(current_setting('maillage.membre', true), '')::uuid) WITH CHECK (empreinte = decode(nullif(current_setting('maillage.session', true), ''), 'hex') OR membre = nullif(current_setting('maillage.membre', true), '')::uuid)
;;
CREATE POLICY les_siens ON portail.brouillons FOR ALL TO {service}_api USING (membre = nullif(current_setting('maillage.membre', true), '')::uuid) WITH CHECK (membre = nullif(current_setting('maillage.membre', true), '')::uuid)
