-- What trigger steps have set off.

-- The buildset of a step: one at most, however often the step is begun anew by another engine. While the step waits for it the row is hot: the end of the buildset marks it
-- (in the transaction of the buildset's last request), and the end of the step takes it out.
CREATE TABLE triggers (
    step_id bigint PRIMARY KEY REFERENCES steps ON DELETE CASCADE,
    build_id bigint NOT NULL,
    buildset_id bigint NOT NULL UNIQUE REFERENCES buildsets ON DELETE CASCADE,
    waiting boolean NOT NULL,
    ended_at timestamptz
);
CREATE INDEX triggers_waiting ON triggers (build_id) WHERE waiting;
