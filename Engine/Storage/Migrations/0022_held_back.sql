-- Revisions that are good, and whose builds could wait for ever for builds that began under an earlier one: held back until those have ended.

-- Why, for people; null: it is not held back.
ALTER TABLE config_revisions ADD COLUMN held_because text;
-- The builders of those builds: what waits of them begins under the revision to come.
ALTER TABLE config_revisions ADD COLUMN held_for text[] NOT NULL DEFAULT '{}';
-- One at most: a newer one takes its place.
CREATE UNIQUE INDEX config_revisions_held ON config_revisions (state) WHERE state = 'HeldBack';
