-- The same answers as before from functions whose plans a session keeps. A function in SQL that looks into tables is planned anew by every statement that calls it: a millisecond each time a step asked for a lock.
CREATE OR REPLACE FUNCTION weir_called(its_section text, its_id bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    CASE its_section
        WHEN 'builders' THEN RETURN (SELECT name FROM builders WHERE id = its_id);
        WHEN 'locks' THEN RETURN (SELECT name FROM locks WHERE id = its_id);
        WHEN 'schedulers' THEN RETURN (SELECT name FROM schedulers WHERE id = its_id);
        WHEN 'codebases' THEN RETURN (SELECT name FROM codebases WHERE id = its_id);
        WHEN 'projects' THEN RETURN (SELECT name FROM projects WHERE id = its_id);
        WHEN 'workers' THEN RETURN (SELECT name FROM workers WHERE id = its_id);
        WHEN 'change_sources' THEN RETURN (SELECT name FROM change_sources WHERE id = its_id);
        ELSE RETURN NULL;
    END CASE;
END $$;

CREATE OR REPLACE FUNCTION weir_called(its_section text, its_id bigint, revision bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce(
        (SELECT f.name FROM former_names f WHERE f.section = its_section AND f.thing_id = its_id AND f.until_revision > revision ORDER BY f.until_revision LIMIT 1),
        weir_called(its_section, its_id));
END $$;

CREATE OR REPLACE FUNCTION weir_thing(its_section text, its_name text, revision bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    former bigint;
BEGIN
    SELECT f.thing_id INTO former FROM former_names f WHERE f.section = its_section AND f.name = its_name AND f.until_revision > revision ORDER BY f.until_revision LIMIT 1;
    IF FOUND THEN
        RETURN former;
    END IF;
    CASE its_section
        WHEN 'builders' THEN RETURN (SELECT id FROM builders WHERE name = its_name);
        WHEN 'locks' THEN RETURN (SELECT id FROM locks WHERE name = its_name);
        WHEN 'schedulers' THEN RETURN (SELECT id FROM schedulers WHERE name = its_name);
        WHEN 'codebases' THEN RETURN (SELECT id FROM codebases WHERE name = its_name);
        WHEN 'projects' THEN RETURN (SELECT id FROM projects WHERE name = its_name);
        WHEN 'workers' THEN RETURN (SELECT id FROM workers WHERE name = its_name);
        WHEN 'change_sources' THEN RETURN (SELECT id FROM change_sources WHERE name = its_name);
        ELSE RETURN NULL;
    END CASE;
END $$;
