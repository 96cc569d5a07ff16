-- A queue of any length: what an engine looks at are the best few of each builder, and why they wait is said once for all of them.

-- Why the requests of a builder wait. A request that waits for something of its own (its next attempt, a property that is missing) says that itself.
CREATE TABLE builder_waits (
    builder_id bigint PRIMARY KEY REFERENCES builders,
    kind text NOT NULL,                             -- WaitKind
    text text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,                              -- when that ends, where it is known
    blocker_kind text, blocker_id bigint,           -- build, lock, worker, pause or master, where one thing blocks them
    lock_id bigint                                  -- the lock in whose line the first of them stands
);

-- The revision of the configuration in which it was found that the request lacks something: in the next it is looked at again.
ALTER TABLE open_requests ADD COLUMN set_aside_in bigint;

DROP INDEX open_requests_by_builder;
CREATE INDEX open_requests_by_builder ON open_requests (builder_id, priority DESC, submitted_at, request_id);
CREATE INDEX open_requests_by_age ON open_requests (builder_id, submitted_at);
CREATE INDEX open_requests_in_order ON open_requests (priority DESC, submitted_at, request_id);
CREATE INDEX open_requests_by_buildset ON open_requests (buildset_id);
CREATE INDEX open_requests_not_before ON open_requests (not_before) WHERE not_before IS NOT NULL;
