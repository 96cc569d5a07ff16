-- What scripts ask for: lists in the order of their times, and what belongs to what.
CREATE INDEX builds_by_start ON builds (started_at);
CREATE INDEX requests_by_time ON requests (submitted_at);
CREATE INDEX buildsets_by_time ON buildsets (submitted_at);
CREATE INDEX buildsets_by_parent ON buildsets (parent_build_id) WHERE parent_build_id IS NOT NULL;
CREATE INDEX buildsets_by_external ON buildsets (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX sourcestamps_by_revision ON sourcestamps (revision);

-- The answer of an action is kept with what was asked under its key, so that another question under the same key is noticed.
CREATE INDEX action_keys_by_time ON action_keys (created_at);
