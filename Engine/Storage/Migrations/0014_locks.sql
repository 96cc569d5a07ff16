-- Locks, and who holds or wants what of them (invariant 7).

-- A name has one id for ever. The numbers are those of the revision in force; of a retired lock the last ones, since builds that began before may still ask for it.
-- Whoever gives units out locks the row first, in the order of ids; whoever frees some does not.
CREATE TABLE locks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    scope text NOT NULL,                            -- LockScope
    capacity integer NOT NULL,
    per_worker jsonb NOT NULL DEFAULT '{}',         -- worker, or pattern → capacity
    retired_at timestamptz
);

-- What open builds hold, or wait for at a step. It goes with the owner's row, so in whatever way a build ends, its locks are free with it.
CREATE TABLE lock_claims (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lock_id bigint NOT NULL REFERENCES locks,
    build_id bigint NOT NULL REFERENCES build_owners ON DELETE CASCADE,
    worker_id bigint REFERENCES workers,            -- of scope Worker: whose
    units integer NOT NULL,
    exclusive boolean NOT NULL,
    until_step integer,                             -- the last step (by number) for which it is held; null: the whole build
    asked_at timestamptz NOT NULL,
    held_at timestamptz                             -- null: it waits, and all others of its build that wait with it
);
CREATE INDEX lock_claims_by_build ON lock_claims (build_id);
CREATE INDEX lock_claims_by_lock ON lock_claims (lock_id);

-- When a step had the locks that it needs: at its beginning, or later; null: it waits for them, or its turn passed.
ALTER TABLE steps ADD COLUMN locks_acquired_at timestamptz;
-- For how long the steps of a build waited for locks, in all.
ALTER TABLE builds ADD COLUMN locks_seconds double precision NOT NULL DEFAULT 0;
