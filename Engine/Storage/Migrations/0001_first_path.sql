-- The first schema. Order: clock, masters, configuration, who may, changes, schedulers, queue, workers, builds, logs, events.
-- What is referenced is an ordinary table; what is open stands besides in a small hot one; what is big or only appended is partitioned.

-- One clock (invariant 8). A test store replaces this function by one that adds an offset.
CREATE FUNCTION weir_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';

-- Which store this is: workers remember ids and sessions, and those of another store mean other things.
CREATE TABLE store_identity (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO store_identity DEFAULT VALUES;

-- ── Masters ──────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE masters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    incarnation bigint NOT NULL DEFAULT 1,          -- rises at every start; a process writes only under its own
    roles text[] NOT NULL,
    version text NOT NULL,
    state text NOT NULL,                            -- MasterState
    addresses text[] NOT NULL DEFAULT '{}',
    host text,
    process_id integer,
    started_at timestamptz NOT NULL,
    heartbeat_at timestamptz NOT NULL
);

-- Leased duties (invariant 12): take, work outside any transaction, commit if the number still stands.
CREATE TABLE duties (
    name text PRIMARY KEY,
    master_id bigint REFERENCES masters,
    number bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL DEFAULT '-infinity',
    last_run_at timestamptz,
    last_error text
);

-- ── Configuration ────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE config_revisions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash text NOT NULL,
    parent_id bigint REFERENCES config_revisions,
    author text NOT NULL,
    created_at timestamptz NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,                            -- RevisionState
    parts jsonb NOT NULL,                           -- [{Name, Text}]
    model jsonb,                                    -- WeirConfiguration; null when refused
    difference text,
    problems jsonb NOT NULL DEFAULT '[]'
);
CREATE TABLE config_in_force (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    revision_id bigint NOT NULL REFERENCES config_revisions
);

-- Names of the configuration have stable ids; a name that is gone is retired, never deleted, and revives with its id.
CREATE TABLE projects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    title text, description text, url text,
    retired_at timestamptz
);
CREATE TABLE codebases (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    repository text NOT NULL, branch text NOT NULL, project text,
    retired_at timestamptz
);
CREATE TABLE builders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    project text, description text,
    tags text[] NOT NULL DEFAULT '{}',
    position integer NOT NULL DEFAULT 0,            -- order in the configuration
    worker_names text[] NOT NULL DEFAULT '{}',      -- names and patterns
    worker_tags text[] NOT NULL DEFAULT '{}',
    last_number integer NOT NULL DEFAULT 0,         -- of its builds
    retired_at timestamptz
);
CREATE TABLE schedulers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    kind text NOT NULL,
    builders text[] NOT NULL DEFAULT '{}',
    enabled boolean NOT NULL DEFAULT true,
    last_fired_at timestamptz,
    last_buildset_id bigint,
    last_error text,
    retired_at timestamptz
);
CREATE TABLE change_sources (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    kind text NOT NULL,
    last_poll_at timestamptz,
    last_error text,
    failures integer NOT NULL DEFAULT 0,
    retired_at timestamptz
);

-- ── Who may, and who did ─────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    security_stamp text NOT NULL,
    rights text[] NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz
);
CREATE TABLE tokens (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users,
    label text NOT NULL,
    hash bytea NOT NULL UNIQUE,                     -- SHA-256 of the token
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);
CREATE TABLE data_protection_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text,
    xml text NOT NULL
);
CREATE TABLE audit (
    day date NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,                           -- build.stop, request.cancel, config.apply, …
    subject text NOT NULL,
    reason text,
    address text,
    PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);

-- An action with an idempotency key is done once: the row is written in the action's transaction.
CREATE TABLE action_keys (
    actor text NOT NULL,
    key text NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (actor, key)
);

-- ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text UNIQUE,                                -- what makes it the same when reported twice
    author text NOT NULL, committer text,
    codebase text, project text, repository text, branch text, revision text, category text,
    comments text NOT NULL,
    files text[] NOT NULL DEFAULT '{}',
    files_cut boolean NOT NULL DEFAULT false,
    properties jsonb NOT NULL DEFAULT '{}',
    revision_link text,
    when_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    parent_ids bigint[] NOT NULL DEFAULT '{}'
);
CREATE INDEX changes_by_branch ON changes (codebase, branch, id);
CREATE INDEX changes_by_revision ON changes (revision);
CREATE INDEX changes_by_time ON changes (received_at);

-- One row for each change that the schedulers have not looked at yet (invariant 11).
CREATE TABLE change_work (change_id bigint PRIMARY KEY REFERENCES changes);

-- What a poller found last: branch → head. A row is written with the changes it stands for.
CREATE TABLE branch_heads (
    source_id bigint NOT NULL REFERENCES change_sources,
    branch text NOT NULL,
    revision text NOT NULL,
    PRIMARY KEY (source_id, branch)
);

-- Webhooks as they came, stored before they are answered; hook_work has a row until they are read.
CREATE TABLE raw_hooks (
    day date NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    received_at timestamptz NOT NULL,
    dialect text NOT NULL,
    content_type text NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    address text,
    verdict text,                                   -- what came of it, in words
    PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
CREATE TABLE hook_work (hook_id bigint PRIMARY KEY, day date NOT NULL);

-- ── Schedulers ───────────────────────────────────────────────────────────────────────────────────────────────────────
-- Changes that wait for their tree-stable timer.
CREATE TABLE scheduler_changes (
    scheduler_id bigint NOT NULL REFERENCES schedulers,
    branch text NOT NULL,
    change_id bigint NOT NULL REFERENCES changes,
    important boolean NOT NULL,
    PRIMARY KEY (scheduler_id, branch, change_id)
);
-- Everything that is due some day: kind says who fires it, subject which one.
CREATE TABLE timers (
    kind text NOT NULL,                             -- stable, periodic, poll
    subject text NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX timers_by_due ON timers (due_at);
-- For which revision of the configuration the timers of a kind (polls, schedules) were last put right.
CREATE TABLE timers_synced (
    kind text PRIMARY KEY,
    revision_id bigint NOT NULL
);
-- A firing is unique; it is written with its buildset.
CREATE TABLE firings (
    scheduler_id bigint NOT NULL REFERENCES schedulers,
    identity text NOT NULL,
    buildset_id bigint,
    fired_at timestamptz NOT NULL,
    PRIMARY KEY (scheduler_id, identity)
);

-- ── Queue ────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE sourcestamps (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    codebase text NOT NULL,
    project text, repository text, branch text, revision text,
    created_at timestamptz NOT NULL
);
CREATE TABLE buildsets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheduler text,
    reason text NOT NULL,
    external_id text,
    submitted_at timestamptz NOT NULL,
    completed_at timestamptz,
    results smallint,                               -- BuildResult
    parent_build_id bigint,
    parent_relationship text,
    rebuilt_build_id bigint,
    config_revision_id bigint REFERENCES config_revisions,
    properties jsonb NOT NULL DEFAULT '[]'          -- [{Name, Value (JSON text), Source}]
);
CREATE INDEX buildsets_open ON buildsets (id) WHERE completed_at IS NULL;
CREATE TABLE buildset_sourcestamps (
    buildset_id bigint NOT NULL REFERENCES buildsets ON DELETE CASCADE,
    sourcestamp_id bigint NOT NULL REFERENCES sourcestamps,
    PRIMARY KEY (buildset_id, sourcestamp_id)
);
CREATE TABLE buildset_changes (
    buildset_id bigint NOT NULL REFERENCES buildsets ON DELETE CASCADE,
    change_id bigint NOT NULL REFERENCES changes,
    PRIMARY KEY (buildset_id, change_id)
);
CREATE INDEX buildset_changes_by_change ON buildset_changes (change_id);

CREATE TABLE requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    buildset_id bigint NOT NULL REFERENCES buildsets,
    builder_id bigint NOT NULL REFERENCES builders,
    priority integer NOT NULL DEFAULT 0,
    waited_for boolean NOT NULL DEFAULT false,
    submitted_at timestamptz NOT NULL,
    claimed_at timestamptz,
    claimed_by bigint REFERENCES masters,
    completed_at timestamptz,
    results smallint
);
CREATE INDEX requests_by_buildset ON requests (buildset_id);
CREATE INDEX requests_by_builder ON requests (builder_id, id);
CREATE INDEX requests_open ON requests (id) WHERE completed_at IS NULL;
-- The queue: requests that nobody has claimed. A claim deletes the row; a retry puts it back.
CREATE TABLE open_requests (
    request_id bigint PRIMARY KEY REFERENCES requests,
    buildset_id bigint NOT NULL,
    builder_id bigint NOT NULL,
    priority integer NOT NULL,
    submitted_at timestamptz NOT NULL,
    attempt integer NOT NULL DEFAULT 1,             -- of the build it will become
    not_before timestamptz,                         -- a retry's back-off
    wait_kind text NOT NULL DEFAULT 'New',          -- WaitKind
    wait_text text NOT NULL DEFAULT 'It has just arrived.',
    wait_since timestamptz NOT NULL
);
CREATE INDEX open_requests_by_builder ON open_requests (builder_id);

-- ── Workers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE workers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    token_hash bytea UNIQUE,                        -- SHA-256; null: cannot connect
    configured boolean NOT NULL DEFAULT false,      -- named (or matched by a pattern) in the configuration in force
    max_builds integer NOT NULL DEFAULT 1,
    tags text[] NOT NULL DEFAULT '{}',
    properties jsonb NOT NULL DEFAULT '{}',
    missing_after interval NOT NULL DEFAULT '10 minutes',
    info jsonb NOT NULL DEFAULT '{}',
    paused_at timestamptz, paused_by text, pause_reason text,
    retired_at timestamptz
);
-- The session of a worker (invariant 3); the number only rises, so the row is never deleted.
CREATE TABLE worker_sessions (
    worker_id bigint PRIMARY KEY REFERENCES workers,
    session bigint NOT NULL,
    master_id bigint NOT NULL REFERENCES masters,
    instance uuid NOT NULL,
    boot text NOT NULL,
    protocol integer NOT NULL,
    connected_at timestamptz NOT NULL,
    heartbeat_at timestamptz NOT NULL,
    ended_at timestamptz                            -- the connection is known to be over
);

-- ── Builds ───────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE builds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    builder_id bigint NOT NULL REFERENCES builders,
    number integer NOT NULL,
    request_id bigint NOT NULL REFERENCES requests,
    buildset_id bigint NOT NULL REFERENCES buildsets,
    worker_id bigint NOT NULL REFERENCES workers,
    master_id bigint NOT NULL REFERENCES masters,   -- who started it, later who adopted it
    config_revision_id bigint NOT NULL REFERENCES config_revisions,
    attempt integer NOT NULL DEFAULT 1,
    started_at timestamptz NOT NULL,
    completed_at timestamptz,
    results smallint,
    state_text text NOT NULL,
    branch text, revision text,                     -- of the first source stamp, for lists; revision is replaced by what was checked out
    UNIQUE (builder_id, number)
);
CREATE INDEX builds_by_builder_end ON builds (builder_id, completed_at);
CREATE INDEX builds_by_end ON builds (completed_at);
CREATE INDEX builds_open ON builds (id) WHERE completed_at IS NULL;
CREATE INDEX builds_by_request ON builds (request_id);
CREATE INDEX builds_by_buildset ON builds (buildset_id);
CREATE INDEX builds_by_worker ON builds (worker_id, id);
CREATE INDEX builds_by_result ON builds (results, id) WHERE results IS NOT NULL;
-- Which builds ran during a span of the past: only an index on the spans knows those that began long before it and ended long after.
CREATE INDEX builds_by_span ON builds USING gist (tstzrange(started_at, greatest(started_at, completed_at), '[]')) WHERE completed_at IS NOT NULL;

-- The frozen plan (invariant 5), with the number of its format.
CREATE TABLE build_plans (
    build_id bigint PRIMARY KEY REFERENCES builds ON DELETE CASCADE,
    format integer NOT NULL,
    plan jsonb NOT NULL
);
CREATE TABLE build_properties (
    build_id bigint NOT NULL REFERENCES builds ON DELETE CASCADE,
    name text NOT NULL,
    value jsonb NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (build_id, name)
);
-- Who drives an open build; every write for it locks this row first (invariant 3a). Gone when the build is complete.
CREATE TABLE build_owners (
    build_id bigint PRIMARY KEY REFERENCES builds ON DELETE CASCADE,
    epoch bigint NOT NULL,
    master_id bigint NOT NULL REFERENCES masters,
    worker_id bigint NOT NULL REFERENCES workers
);
CREATE INDEX build_owners_by_worker ON build_owners (worker_id);
-- A stored wish to stop; kept as the answer to "who stopped it, and why".
CREATE TABLE build_stops (
    build_id bigint PRIMARY KEY REFERENCES builds ON DELETE CASCADE,
    requested_at timestamptz NOT NULL,
    requested_by text NOT NULL,
    reason text
);

CREATE TABLE steps (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    build_id bigint NOT NULL REFERENCES builds ON DELETE CASCADE,
    number integer NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    state_text text NOT NULL,
    started_at timestamptz NOT NULL,
    completed_at timestamptz,
    results smallint,
    hidden boolean NOT NULL DEFAULT false,
    outputs jsonb NOT NULL DEFAULT '{}',
    UNIQUE (build_id, number)
);

-- Commands of open builds (invariant 4). The row is committed before the command is sent; it goes with its build's end.
CREATE TABLE commands (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    build_id bigint NOT NULL REFERENCES builds ON DELETE CASCADE,
    step_id bigint NOT NULL REFERENCES steps ON DELETE CASCADE,
    ordinal integer NOT NULL,                       -- within the step, from 0
    worker_id bigint NOT NULL REFERENCES workers,
    instance uuid NOT NULL,                         -- the worker's, when it was made
    boot text NOT NULL,
    spec jsonb NOT NULL,
    log_id bigint,
    applied bigint NOT NULL DEFAULT 0,              -- bytes of the worker's file that are stored
    ended jsonb,                                    -- EndedFrame
    UNIQUE (step_id, ordinal)
);
CREATE INDEX commands_by_build ON commands (build_id);
CREATE INDEX commands_by_worker ON commands (worker_id) WHERE ended IS NULL;

-- ── Logs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE logs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    build_id bigint NOT NULL REFERENCES builds ON DELETE CASCADE,
    step_id bigint NOT NULL REFERENCES steps ON DELETE CASCADE,
    name text NOT NULL,
    slug text NOT NULL,
    type "char" NOT NULL,
    line_count bigint NOT NULL DEFAULT 0,
    byte_count bigint NOT NULL DEFAULT 0,
    chunk_count integer NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL,
    completed_at timestamptz,
    expires_on date NOT NULL,
    UNIQUE (step_id, slug)
);
CREATE INDEX logs_by_build ON logs (build_id);
-- Partitioned by the day on which they may go, referenced by nobody, dropped by partition.
CREATE TABLE log_chunks (
    expires_on date NOT NULL,
    log_id bigint NOT NULL,
    seq integer NOT NULL,
    first_line bigint NOT NULL,
    line_count integer NOT NULL,
    first_byte bigint NOT NULL,
    byte_count integer NOT NULL,
    first_at bigint NOT NULL,                       -- milliseconds after the command's start
    content bytea NOT NULL,                         -- LogChunk
    PRIMARY KEY (expires_on, log_id, seq)
) PARTITION BY RANGE (expires_on);
CREATE INDEX log_chunks_by_line ON log_chunks (log_id, first_line);
ALTER TABLE log_chunks ALTER COLUMN content SET STORAGE EXTERNAL;

-- ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Written in the transaction of the cause; numbered afterwards, in order, by whoever holds the counter's row.
CREATE TABLE event_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT weir_now(),
    kind text NOT NULL,                             -- EventKind
    change_id bigint, buildset_id bigint, request_id bigint, builder_id bigint, build_id bigint,
    step_id bigint, log_id bigint, worker_id bigint, master_id bigint
);
CREATE TABLE event_counter (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    last bigint NOT NULL DEFAULT 0
);
INSERT INTO event_counter DEFAULT VALUES;
CREATE TABLE events (
    day date NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    change_id bigint, buildset_id bigint, request_id bigint, builder_id bigint, build_id bigint,
    step_id bigint, log_id bigint, worker_id bigint, master_id bigint,
    PRIMARY KEY (day, number)
) PARTITION BY RANGE (day);
CREATE INDEX events_by_number ON events (number);
