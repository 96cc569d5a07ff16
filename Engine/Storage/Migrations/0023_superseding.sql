-- A newer request may stand for older ones.

-- Requests of a builder with the same key may be built together: only the one of the newest source waits, at the place of the oldest. That there is one at most is the index's to see to, however
-- many engines make requests at once. A request that is built for itself (forced, triggered, tried again) has no key.
ALTER TABLE open_requests ADD COLUMN collapse_key text;
ALTER TABLE open_requests ADD COLUMN newest_change bigint NOT NULL DEFAULT 0;   -- how new its source is
ALTER TABLE open_requests ADD COLUMN supersedes bigint;                         -- the last request whose place this row took
CREATE UNIQUE INDEX open_requests_collapse ON open_requests (builder_id, collapse_key) WHERE collapse_key IS NOT NULL;

-- The request that is built instead; the result is then cancelled, never a success.
ALTER TABLE requests ADD COLUMN superseded_by bigint;
-- Since when it stands in the queue, where it took an older one's place.
ALTER TABLE requests ADD COLUMN place_since timestamptz;
CREATE INDEX requests_superseded ON requests (superseded_by) WHERE superseded_by IS NOT NULL;

-- What a scheduler builds by itself (a branch, a pull request), and how new it is: so that a newer one finds the older ones.
ALTER TABLE buildsets ADD COLUMN line text;
ALTER TABLE buildsets ADD COLUMN newest_change bigint NOT NULL DEFAULT 0;
CREATE INDEX buildsets_of_line ON buildsets (scheduler, line, newest_change) WHERE line IS NOT NULL;

-- The first failure ends the rest of it.
ALTER TABLE buildsets ADD COLUMN fail_fast boolean NOT NULL DEFAULT false;

-- The changes that a request stands for: those of its buildset, and of the requests that it superseded, and so on (the newest 200 of them in a row).
CREATE FUNCTION weir_changes_of(request bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    WITH RECURSIVE taken AS (
        SELECT r.id, r.buildset_id, 0 AS depth FROM requests r WHERE r.id = request
        UNION ALL
        SELECT o.id, o.buildset_id, t.depth + 1 FROM taken t JOIN requests o ON o.superseded_by = t.id AND o.results = 6 WHERE t.depth < 200)
    SELECT DISTINCT k.change_id FROM taken t JOIN buildset_changes k ON k.buildset_id = t.buildset_id
$$;
