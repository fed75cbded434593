CREATE TABLE faits.consultations (
	dossier UUID NOT NULL, 
	quart TIMESTAMP WITH TIME ZONE NOT NULL, 
	membre UUID NOT NULL, 
	quoi TEXT NOT NULL, 
	organisation UUID NOT NULL, 
	roles TEXT[] NOT NULL, 
	instant TIMESTAMP WITH TIME ZONE NOT NULL, 
	PRIMARY KEY (dossier, quart, membre, quoi)
)
;;
ALTER TABLE faits.consultations ENABLE ROW LEVEL SECURITY
;;
ALTER TABLE faits.consultations FORCE ROW LEVEL SECURITY
;;
GRANT INSERT ON faits.consultations TO {service}_ajout
;;
CREATE POLICY ajout ON faits.consultations FOR INSERT TO {service}_ajout WITH CHECK (true)
;;
CREATE POLICY parties ON faits.consultations FOR SELECT TO {service}_proprietaire
            USING (EXISTS (SELECT FROM faits.streams s WHERE s.stream_id = consultations.dossier))
;;

CREATE FUNCTION faits.consultations_de(p_dossier uuid, p_depuis date)
RETURNS TABLE (jour date, rang text, organisation uuid, membre uuid, roles text[], quoi text[], instant timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT (min(c.instant) AT TIME ZONE 'Europe/Paris')::date, to_char(c.quart AT TIME ZONE 'UTC', 'HH24MI') || c.membre,
         c.organisation, c.membre, min(c.roles), array_agg(c.quoi ORDER BY c.quoi), min(c.instant)
    FROM faits.consultations c
   WHERE c.dossier = p_dossier AND c.organisation = faits.organisation()
     AND current_setting('maillage.roles', true) <> ''
   GROUP BY c.quart, c.membre, c.organisation
  UNION ALL
  SELECT DISTINCT d.jour, d.organisation::text, d.organisation, NULL::uuid, NULL::text[], NULL::text[], NULL::timestamptz
    FROM (SELECT c.organisation, (c.instant AT TIME ZONE 'Europe/Paris')::date AS jour
            FROM faits.consultations c
           WHERE c.dossier = p_dossier AND c.organisation <> faits.organisation()) d
   WHERE d.jour >= p_depuis AND current_setting('maillage.roles', true) <> ''
$$
;;
REVOKE ALL ON FUNCTION faits.consultations_de FROM PUBLIC
;;
GRANT EXECUTE ON FUNCTION faits.consultations_de TO {service}_api
