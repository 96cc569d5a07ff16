-- What the pages of builders and of revisions read.

-- What differs from the revision before, thing by thing, so that a builder's page finds the revisions in which it changed.
CREATE TABLE config_differences (
    revision_id bigint NOT NULL REFERENCES config_revisions ON DELETE CASCADE,
    place integer NOT NULL,
    kind text NOT NULL,                             -- DifferenceKind
    section text NOT NULL,                          -- builder, scheduler, worker, …
    name text NOT NULL,
    former_name text,
    settings jsonb NOT NULL,                        -- [SettingDifference]
    PRIMARY KEY (revision_id, place)
);
CREATE INDEX config_differences_by_name ON config_differences (section, name, revision_id);
CREATE INDEX config_differences_by_former_name ON config_differences (section, former_name, revision_id) WHERE former_name IS NOT NULL;
ALTER TABLE config_revisions ADD COLUMN summary text;

-- A builder's last builds are read from the index alone: strips, trends and statistics of many builders touch no row of the table.
DROP INDEX builds_by_builder_end;
CREATE INDEX builds_by_builder_end ON builds (builder_id, completed_at, id) INCLUDE (number, started_at, results, request_id, attempt);

-- A scheduler's buildsets.
CREATE INDEX buildsets_by_scheduler ON buildsets (scheduler, id) WHERE scheduler IS NOT NULL;
