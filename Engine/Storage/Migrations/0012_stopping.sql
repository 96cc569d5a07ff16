-- What a worker says of itself with its hello. An engine of an earlier release leaves these columns as they were: they mean something only while told_session is the session in force.
ALTER TABLE worker_sessions
    ADD COLUMN told_session bigint NOT NULL DEFAULT 0,
    ADD COLUMN stopping_at timestamptz,             -- it finishes what it does and goes; nothing new is begun on it
    ADD COLUMN abilities text[];                    -- what it can do beyond the protocol's beginnings
