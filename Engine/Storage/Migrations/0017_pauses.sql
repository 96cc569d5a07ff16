-- Pauses as records: who, why, until when. At most one of a thing is in force; those that have ended stay as history.
CREATE TABLE pauses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,                             -- PauseKind
    subject text NOT NULL,                          -- the name of what is paused; empty: everything
    by_name text NOT NULL,
    reason text,
    since timestamptz NOT NULL,
    until timestamptz,                              -- when it ends by itself; null: never
    ended_at timestamptz,
    ended_by text                                   -- null, where it has ended: by its own time
);
CREATE UNIQUE INDEX pauses_in_force ON pauses (kind, subject) WHERE ended_at IS NULL;
CREATE INDEX pauses_by_end ON pauses (until) WHERE ended_at IS NULL AND until IS NOT NULL;
CREATE INDEX pauses_ended ON pauses (ended_at) WHERE ended_at IS NOT NULL;

INSERT INTO pauses (kind, subject, by_name, reason, since)
SELECT 'Worker', name, coalesce(paused_by, 'somebody'), pause_reason, paused_at FROM workers WHERE paused_at IS NOT NULL;

-- The pause of a worker stands in its row as well, written together with the record: claims read that row anyway, and engines of an earlier release know nothing else.
ALTER TABLE workers ADD COLUMN paused_until timestamptz;
