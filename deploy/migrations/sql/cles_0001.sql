CREATE TABLE {service}.cles (
	cle UUID NOT NULL, 
	personne UUID NOT NULL, 
	organisation UUID NOT NULL, 
	enveloppe BYTEA, 
	creee_le TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	detruite_le TIMESTAMP WITH TIME ZONE, 
	PRIMARY KEY (cle), 
	CHECK ((enveloppe IS NULL) = (detruite_le IS NOT NULL)), 
	UNIQUE (personne, organisation)
)
;;
CREATE TABLE {service}.cles_derivees (
	nom TEXT[] NOT NULL, 
	enveloppe BYTEA, 
	creee_le TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	detruite_le TIMESTAMP WITH TIME ZONE, 
	PRIMARY KEY (nom), 
	CHECK ((enveloppe IS NULL) = (detruite_le IS NOT NULL))
)
;;
ALTER TABLE {service}.cles ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE {service}.cles FORCE ROW LEVEL SECURITY
;;
CREATE POLICY trousseau ON {service}.cles TO {service}_cles USING (true) WITH CHECK (true)
;;
ALTER TABLE {service}.cles_derivees ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE {service}.cles_derivees FORCE ROW LEVEL SECURITY
;;
CREATE POLICY trousseau ON {service}.cles_derivees TO {service}_cles USING (true) WITH CHECK (true)
;;
GRANT USAGE ON SCHEMA {service} TO {service}_cles
;;
GRANT SELECT, INSERT ON {service}.cles, {service}.cles_derivees TO {service}_cles
;;
GRANT UPDATE (enveloppe, detruite_le) ON {service}.cles, {service}.cles_derivees TO {service}_cles
