-- When workers may be given builds: their windows, their owners' presence, quarantine. Facts, each in its own columns; the verdict is made of them when it is asked for.

ALTER TABLE workers
    ADD COLUMN availability jsonb,                                      -- AvailabilityConfiguration; null: always
    ADD COLUMN opens_at timestamptz NOT NULL DEFAULT '-infinity',       -- the stretch in which its windows let it take builds, or the next one;
    ADD COLUMN closes_at timestamptz NOT NULL DEFAULT 'infinity',       -- … one that is over counts as closed until the next is written
    ADD COLUMN longest_open interval,                                   -- of its stretches; null: without end
    ADD COLUMN changes_at timestamptz NOT NULL DEFAULT 'infinity',      -- when the next of its facts changes by itself, and nobody has said so yet
    ADD COLUMN setbacks integer NOT NULL DEFAULT 0,                     -- builds in a row that were lost through its fault
    ADD COLUMN quarantined_at timestamptz,                              -- since then it is in quarantine: after quarantined_until one build at a time, as a probe
    ADD COLUMN quarantined_until timestamptz,
    ADD COLUMN quarantine_reason text;
CREATE INDEX workers_by_change ON workers (changes_at) WHERE changes_at < 'infinity';

-- What the owner said at the machine; like stopping_at it means something only while told_session is the session in force.
ALTER TABLE worker_sessions
    ADD COLUMN away_at timestamptz,
    ADD COLUMN away_until timestamptz,                                  -- null: until the owner says otherwise
    ADD COLUMN away_reason text;

-- A wish that ends a build and queues its request again, without counting an attempt.
ALTER TABLE build_stops ADD COLUMN requeue boolean NOT NULL DEFAULT false;
