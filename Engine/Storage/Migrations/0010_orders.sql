-- What masters of pages ask of engines, and the database roles of both.

-- A deed that only an engine may do, as somebody asked for it at a master of pages. The row is the key under which it is done once: the deed's own transaction finds it open, locks it and marks it done.
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,                             -- request.cancel, worker.pause, config.apply, …: the words of audit.action
    subject text NOT NULL,                          -- request 7, worker w1, …; what is about one thing is done in the order of asking
    arguments jsonb NOT NULL,
    asked_by text NOT NULL,
    address text,
    reason text,
    asked_at timestamptz NOT NULL,
    taken_by bigint REFERENCES masters,             -- the engine at work on it, so that the others leave it alone …
    taken_until timestamptz,                        -- … until then
    done_at timestamptz,
    outcome text,                                   -- a case of ActionOutcome
    answer jsonb,
    complaint text                                  -- why it was not done
);
CREATE INDEX orders_open ON orders (id) WHERE done_at IS NULL;
CREATE INDEX orders_refused ON orders (done_at) WHERE complaint IS NOT NULL;

-- The database roles that `db roles` gave rights to, so that engines give them those of tables to come.
CREATE TABLE store_roles (
    kind text PRIMARY KEY,                          -- engine, ui
    name text NOT NULL
);

-- Numbers events for whoever asks, a master of pages too, which may touch none of these tables but to add to the outbox. Each statement sees what was committed before it
-- began: the lock is one of its own. Temporary tables come last, so that nobody puts one of his own in the place of ours.
DO $do$
BEGIN
    EXECUTE format($create$
        CREATE FUNCTION weir_number_events(batch integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = %I, pg_temp AS $body$
        DECLARE
            numbered_now integer;
        BEGIN
            PERFORM last FROM event_counter FOR UPDATE;
            WITH taken AS (
                DELETE FROM event_outbox WHERE id IN (SELECT id FROM event_outbox ORDER BY id LIMIT batch)
                RETURNING id, at, kind, change_id, buildset_id, request_id, builder_id, build_id, step_id, log_id, worker_id, master_id),
            numbered AS (
                INSERT INTO events (day, number, at, kind, change_id, buildset_id, request_id, builder_id, build_id, step_id, log_id, worker_id, master_id)
                SELECT (weir_now() AT TIME ZONE 'UTC')::date, (SELECT last FROM event_counter) + row_number() OVER (ORDER BY id),
                    at, kind, change_id, buildset_id, request_id, builder_id, build_id, step_id, log_id, worker_id, master_id FROM taken
                RETURNING number)
            UPDATE event_counter SET last = greatest(last, (SELECT max(number) FROM numbered)) RETURNING (SELECT count(*) FROM numbered) INTO numbered_now;
            RETURN numbered_now;
        END $body$
        $create$, current_schema());
END $do$;
