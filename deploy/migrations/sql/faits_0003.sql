CREATE TABLE faits.etats (
	lecteur TEXT NOT NULL, 
	mesure_le TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	mesures JSONB NOT NULL, 
	PRIMARY KEY (lecteur)
)
;;
ALTER TABLE faits.etats ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE faits.etats FORCE ROW LEVEL SECURITY
;;
GRANT SELECT ON faits.etats TO {service}_api
;;
GRANT SELECT, INSERT, UPDATE ON faits.etats TO {service}_suite
;;
CREATE POLICY exploitant ON faits.etats FOR SELECT TO {service}_api USING (faits.a_le_role('exploitant'))
;;
CREATE POLICY suite ON faits.etats TO {service}_suite USING (true) WITH CHECK (true)
