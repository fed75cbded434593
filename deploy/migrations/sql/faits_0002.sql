GRANT INSERT ON faits.events, faits.commands, faits.streams TO {service}_suite
;;
GRANT UPDATE ON faits.streams TO {service}_suite
;;
CREATE POLICY reaction ON faits.events FOR INSERT TO {service}_suite WITH CHECK (true)
;;
CREATE POLICY reaction ON faits.commands FOR INSERT TO {service}_suite WITH CHECK (true)
;;
CREATE POLICY reaction ON faits.streams FOR INSERT TO {service}_suite WITH CHECK (true)
;;
CREATE POLICY reaction_suite ON faits.streams FOR UPDATE TO {service}_suite USING (true) WITH CHECK (true)
