-- Where the parts of the configuration come from. Each source has one row with its newest good content; what is in force (or held back) is put together of them.

CREATE TABLE config_sources (
    name text PRIMARY KEY,                          -- file, store, forms, or the name of a repository's part
    origin text NOT NULL,                           -- PartOrigin
    number bigint NOT NULL DEFAULT 1,               -- rises with every change of the row: who put something together of rows that have changed since begins again
    parts jsonb NOT NULL DEFAULT '[]',              -- [{Name, Text}], good
    taken_at timestamptz,                           -- when these were taken
    place text,                                     -- where they lie: a path, or a repository with branch and folder
    commit_id text,                                 -- of a repository: the commit that parts are of
    given text,                                     -- the hash of what the source gave last, good or not; null: of what people write it is not asked
    pending jsonb,                                  -- what it gave last, if that is not good
    pending_commit text,
    problems jsonb NOT NULL DEFAULT '[]',           -- why not
    broken_since timestamptz,
    trouble text,                                   -- why it could not be read at all, when it was tried last
    looked_at timestamptz
);

-- Until now one configuration replaced the other as a whole. Where a watched file has ever made one, what is in force counts as the file's, also if somebody put another in its place by hand:
-- that stays until the file changes, as before.
WITH watched AS (
    SELECT (SELECT hash FROM config_revisions WHERE author = 'configuration file' AND model IS NOT NULL ORDER BY id DESC LIMIT 1) AS given),
newest AS (
    SELECT parts, created_at FROM config_revisions WHERE state IN ('InForce', 'HeldBack') ORDER BY id DESC LIMIT 1)
INSERT INTO config_sources (name, origin, parts, taken_at, given)
SELECT CASE WHEN w.given IS NULL THEN 'store' ELSE 'file' END, CASE WHEN w.given IS NULL THEN 'Store' ELSE 'File' END, n.parts, n.created_at, w.given
FROM newest n CROSS JOIN watched w;

UPDATE config_revisions SET parts = (SELECT coalesce(jsonb_agg(p.part || '{"Origin": "File"}' ORDER BY p.place), '[]') FROM jsonb_array_elements(parts) WITH ORDINALITY AS p (part, place))
WHERE EXISTS (SELECT FROM config_sources WHERE origin = 'File');
