-- Names that things of the configuration had before (was:). A row of a thing keeps its id whatever it is called; frozen plans, source stamps and workers go on saying the name of their time.

CREATE TABLE former_names (
    section text NOT NULL,                          -- the table of the thing: builders, locks, …
    name text NOT NULL,
    until_revision bigint NOT NULL,                 -- the first revision under which it has another: with it a name of a time is never taken for that of a later thing
    thing_id bigint NOT NULL,
    renamed_at timestamptz NOT NULL,
    told boolean NOT NULL,                          -- what is kept under the name itself (buildsets of a scheduler, changes of a codebase) has the new one …
    told_to bigint NOT NULL DEFAULT 0,              -- … as far as the row with this id
    PRIMARY KEY (section, name, until_revision)
);
CREATE INDEX former_names_of ON former_names (section, thing_id, until_revision);
CREATE INDEX former_names_untold ON former_names (section) WHERE NOT told;

-- What a thing is called now.
CREATE FUNCTION weir_called(its_section text, its_id bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE its_section
        WHEN 'builders' THEN (SELECT name FROM builders WHERE id = its_id)
        WHEN 'locks' THEN (SELECT name FROM locks WHERE id = its_id)
        WHEN 'schedulers' THEN (SELECT name FROM schedulers WHERE id = its_id)
        WHEN 'codebases' THEN (SELECT name FROM codebases WHERE id = its_id)
        WHEN 'projects' THEN (SELECT name FROM projects WHERE id = its_id)
        WHEN 'workers' THEN (SELECT name FROM workers WHERE id = its_id)
        WHEN 'change_sources' THEN (SELECT name FROM change_sources WHERE id = its_id)
    END
$$;

-- What it was called under a revision.
CREATE FUNCTION weir_called(its_section text, its_id bigint, revision bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT f.name FROM former_names f WHERE f.section = its_section AND f.thing_id = its_id AND f.until_revision > revision ORDER BY f.until_revision LIMIT 1),
        weir_called(its_section, its_id))
$$;

-- The thing that a name stood for under a revision.
CREATE FUNCTION weir_thing(its_section text, its_name text, revision bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT f.thing_id FROM former_names f WHERE f.section = its_section AND f.name = its_name AND f.until_revision > revision ORDER BY f.until_revision LIMIT 1),
        CASE its_section
            WHEN 'builders' THEN (SELECT id FROM builders WHERE name = its_name)
            WHEN 'locks' THEN (SELECT id FROM locks WHERE name = its_name)
            WHEN 'schedulers' THEN (SELECT id FROM schedulers WHERE name = its_name)
            WHEN 'codebases' THEN (SELECT id FROM codebases WHERE name = its_name)
            WHEN 'projects' THEN (SELECT id FROM projects WHERE name = its_name)
            WHEN 'workers' THEN (SELECT id FROM workers WHERE name = its_name)
            WHEN 'change_sources' THEN (SELECT id FROM change_sources WHERE name = its_name)
        END)
$$;

-- Under which name a shared directory lies on its worker: the first that it had, whatever it is called since. Null: it is a lock.
ALTER TABLE locks ADD COLUMN place text UNIQUE;
UPDATE locks SET place = substr(name, length('shared/') + 1) WHERE name LIKE 'shared/%';
