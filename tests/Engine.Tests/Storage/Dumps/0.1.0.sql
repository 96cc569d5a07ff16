CREATE SCHEMA "@schema@";
CREATE FUNCTION "@schema@".weir_fence(build bigint, owner_epoch bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM FROM build_owners WHERE build_id = build AND epoch = owner_epoch FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'build % is not owned under epoch %', build, owner_epoch USING ERRCODE = 'WE001';
    END IF;
END $$;
CREATE FUNCTION "@schema@".weir_now() RETURNS timestamp with time zone
    LANGUAGE sql
    AS $$SELECT clock_timestamp()$$;
CREATE TABLE "@schema@".action_keys (
    actor text NOT NULL,
    key text NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE "@schema@".audit (
    day date NOT NULL,
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    reason text,
    address text
)
PARTITION BY RANGE (day);
CREATE TABLE "@schema@".audit_20261125 (
    day date NOT NULL,
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    reason text,
    address text
);
CREATE TABLE "@schema@".audit_20261126 (
    day date NOT NULL,
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    reason text,
    address text
);
ALTER TABLE "@schema@".audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".branch_heads (
    source_id bigint NOT NULL,
    branch text NOT NULL,
    revision text NOT NULL
);
CREATE TABLE "@schema@".build_owners (
    build_id bigint NOT NULL,
    epoch bigint NOT NULL,
    master_id bigint NOT NULL,
    worker_id bigint NOT NULL
);
CREATE TABLE "@schema@".build_plans (
    build_id bigint NOT NULL,
    format integer NOT NULL,
    plan jsonb NOT NULL
);
CREATE TABLE "@schema@".build_properties (
    build_id bigint NOT NULL,
    name text NOT NULL,
    value jsonb NOT NULL,
    source text NOT NULL
);
CREATE TABLE "@schema@".build_stops (
    build_id bigint NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    requested_by text NOT NULL,
    reason text
);
CREATE TABLE "@schema@".builders (
    id bigint NOT NULL,
    name text NOT NULL,
    project text,
    description text,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    worker_names text[] DEFAULT '{}'::text[] NOT NULL,
    worker_tags text[] DEFAULT '{}'::text[] NOT NULL,
    last_number integer DEFAULT 0 NOT NULL,
    retired_at timestamp with time zone
);
ALTER TABLE "@schema@".builders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".builders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".builds (
    id bigint NOT NULL,
    builder_id bigint NOT NULL,
    number integer NOT NULL,
    request_id bigint NOT NULL,
    buildset_id bigint NOT NULL,
    worker_id bigint NOT NULL,
    master_id bigint NOT NULL,
    config_revision_id bigint NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    started_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    results smallint,
    state_text text NOT NULL,
    branch text,
    revision text
);
ALTER TABLE "@schema@".builds ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".builds_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".buildset_changes (
    buildset_id bigint NOT NULL,
    change_id bigint NOT NULL
);
CREATE TABLE "@schema@".buildset_sourcestamps (
    buildset_id bigint NOT NULL,
    sourcestamp_id bigint NOT NULL
);
CREATE TABLE "@schema@".buildsets (
    id bigint NOT NULL,
    scheduler text,
    reason text NOT NULL,
    external_id text,
    submitted_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    results smallint,
    parent_build_id bigint,
    parent_relationship text,
    rebuilt_build_id bigint,
    config_revision_id bigint,
    properties jsonb DEFAULT '[]'::jsonb NOT NULL
);
ALTER TABLE "@schema@".buildsets ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".buildsets_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".change_sources (
    id bigint NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    last_poll_at timestamp with time zone,
    last_error text,
    failures integer DEFAULT 0 NOT NULL,
    retired_at timestamp with time zone
);
ALTER TABLE "@schema@".change_sources ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".change_sources_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".change_work (
    change_id bigint NOT NULL
);
CREATE TABLE "@schema@".changes (
    id bigint NOT NULL,
    key text,
    author text NOT NULL,
    committer text,
    codebase text,
    project text,
    repository text,
    branch text,
    revision text,
    category text,
    comments text NOT NULL,
    files text[] DEFAULT '{}'::text[] NOT NULL,
    files_cut boolean DEFAULT false NOT NULL,
    properties jsonb DEFAULT '{}'::jsonb NOT NULL,
    revision_link text,
    when_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    parent_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL
);
ALTER TABLE "@schema@".changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".codebases (
    id bigint NOT NULL,
    name text NOT NULL,
    repository text NOT NULL,
    branch text NOT NULL,
    project text,
    retired_at timestamp with time zone
);
ALTER TABLE "@schema@".codebases ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".codebases_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".commands (
    id bigint NOT NULL,
    build_id bigint NOT NULL,
    step_id bigint NOT NULL,
    ordinal integer NOT NULL,
    worker_id bigint NOT NULL,
    instance uuid NOT NULL,
    boot text NOT NULL,
    spec jsonb NOT NULL,
    log_id bigint,
    applied bigint DEFAULT 0 NOT NULL,
    ended jsonb
);
ALTER TABLE "@schema@".commands ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".commands_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".config_differences (
    revision_id bigint NOT NULL,
    place integer NOT NULL,
    kind text NOT NULL,
    section text NOT NULL,
    name text NOT NULL,
    former_name text,
    settings jsonb NOT NULL
);
CREATE TABLE "@schema@".config_in_force (
    single boolean DEFAULT true NOT NULL,
    revision_id bigint NOT NULL,
    CONSTRAINT config_in_force_single_check CHECK (single)
);
CREATE TABLE "@schema@".config_revisions (
    id bigint NOT NULL,
    hash text NOT NULL,
    parent_id bigint,
    author text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,
    parts jsonb NOT NULL,
    model jsonb,
    difference text,
    problems jsonb DEFAULT '[]'::jsonb NOT NULL,
    summary text
);
ALTER TABLE "@schema@".config_revisions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".config_revisions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".data_protection_keys (
    id bigint NOT NULL,
    name text,
    xml text NOT NULL
);
ALTER TABLE "@schema@".data_protection_keys ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".data_protection_keys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".duties (
    name text NOT NULL,
    master_id bigint,
    number bigint DEFAULT 0 NOT NULL,
    expires_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    last_run_at timestamp with time zone,
    last_error text
);
CREATE TABLE "@schema@".event_counter (
    single boolean DEFAULT true NOT NULL,
    last bigint DEFAULT 0 NOT NULL,
    CONSTRAINT event_counter_single_check CHECK (single)
);
CREATE TABLE "@schema@".event_outbox (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT "@schema@".weir_now() NOT NULL,
    kind text NOT NULL,
    change_id bigint,
    buildset_id bigint,
    request_id bigint,
    builder_id bigint,
    build_id bigint,
    step_id bigint,
    log_id bigint,
    worker_id bigint,
    master_id bigint
);
ALTER TABLE "@schema@".event_outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".event_outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".events (
    day date NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    change_id bigint,
    buildset_id bigint,
    request_id bigint,
    builder_id bigint,
    build_id bigint,
    step_id bigint,
    log_id bigint,
    worker_id bigint,
    master_id bigint
)
PARTITION BY RANGE (day);
CREATE TABLE "@schema@".events_20261125 (
    day date NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    change_id bigint,
    buildset_id bigint,
    request_id bigint,
    builder_id bigint,
    build_id bigint,
    step_id bigint,
    log_id bigint,
    worker_id bigint,
    master_id bigint
);
CREATE TABLE "@schema@".events_20261126 (
    day date NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    change_id bigint,
    buildset_id bigint,
    request_id bigint,
    builder_id bigint,
    build_id bigint,
    step_id bigint,
    log_id bigint,
    worker_id bigint,
    master_id bigint
);
CREATE TABLE "@schema@".firings (
    scheduler_id bigint NOT NULL,
    identity text NOT NULL,
    buildset_id bigint,
    fired_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    outcome text
);
CREATE TABLE "@schema@".hook_refusals (
    source text NOT NULL,
    reason text NOT NULL,
    day date NOT NULL,
    count bigint DEFAULT 1 NOT NULL,
    last_at timestamp with time zone NOT NULL,
    last_address text
);
CREATE TABLE "@schema@".hook_work (
    hook_id bigint NOT NULL,
    day date NOT NULL
);
CREATE TABLE "@schema@".log_chunks (
    expires_on date NOT NULL,
    log_id bigint NOT NULL,
    seq integer NOT NULL,
    first_line bigint NOT NULL,
    line_count integer NOT NULL,
    first_byte bigint NOT NULL,
    byte_count integer NOT NULL,
    first_at bigint NOT NULL,
    content bytea NOT NULL,
    marks bytea
)
PARTITION BY RANGE (expires_on);
ALTER TABLE ONLY "@schema@".log_chunks ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE TABLE "@schema@".log_chunks_20270301 (
    expires_on date NOT NULL,
    log_id bigint NOT NULL,
    seq integer NOT NULL,
    first_line bigint NOT NULL,
    line_count integer NOT NULL,
    first_byte bigint NOT NULL,
    byte_count integer NOT NULL,
    first_at bigint NOT NULL,
    content bytea NOT NULL,
    marks bytea
);
ALTER TABLE ONLY "@schema@".log_chunks_20270301 ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE TABLE "@schema@".logs (
    id bigint NOT NULL,
    build_id bigint NOT NULL,
    step_id bigint NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    type "char" NOT NULL,
    line_count bigint DEFAULT 0 NOT NULL,
    byte_count bigint DEFAULT 0 NOT NULL,
    chunk_count integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    expires_on date NOT NULL
);
ALTER TABLE "@schema@".logs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".logs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".masters (
    id bigint NOT NULL,
    name text NOT NULL,
    incarnation bigint DEFAULT 1 NOT NULL,
    roles text[] NOT NULL,
    version text NOT NULL,
    state text NOT NULL,
    addresses text[] DEFAULT '{}'::text[] NOT NULL,
    host text,
    process_id integer,
    started_at timestamp with time zone NOT NULL,
    heartbeat_at timestamp with time zone NOT NULL
);
ALTER TABLE "@schema@".masters ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".masters_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".open_requests (
    request_id bigint NOT NULL,
    buildset_id bigint NOT NULL,
    builder_id bigint NOT NULL,
    priority integer NOT NULL,
    submitted_at timestamp with time zone NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    not_before timestamp with time zone,
    wait_kind text DEFAULT 'New'::text NOT NULL,
    wait_text text DEFAULT 'It has just arrived.'::text NOT NULL,
    wait_since timestamp with time zone NOT NULL
);
CREATE TABLE "@schema@".projects (
    id bigint NOT NULL,
    name text NOT NULL,
    title text,
    description text,
    url text,
    retired_at timestamp with time zone
);
ALTER TABLE "@schema@".projects ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".projects_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".raw_hooks (
    day date NOT NULL,
    id bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    dialect text NOT NULL,
    content_type text NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    address text,
    verdict text,
    source text,
    event text,
    delivery text,
    verified boolean DEFAULT true NOT NULL
)
PARTITION BY RANGE (day);
CREATE TABLE "@schema@".raw_hooks_20261125 (
    day date NOT NULL,
    id bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    dialect text NOT NULL,
    content_type text NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    address text,
    verdict text,
    source text,
    event text,
    delivery text,
    verified boolean DEFAULT true NOT NULL
);
CREATE TABLE "@schema@".raw_hooks_20261126 (
    day date NOT NULL,
    id bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    dialect text NOT NULL,
    content_type text NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    address text,
    verdict text,
    source text,
    event text,
    delivery text,
    verified boolean DEFAULT true NOT NULL
);
ALTER TABLE "@schema@".raw_hooks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".raw_hooks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".requests (
    id bigint NOT NULL,
    buildset_id bigint NOT NULL,
    builder_id bigint NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    waited_for boolean DEFAULT false NOT NULL,
    submitted_at timestamp with time zone NOT NULL,
    claimed_at timestamp with time zone,
    claimed_by bigint,
    completed_at timestamp with time zone,
    results smallint
);
ALTER TABLE "@schema@".requests ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".requests_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".scheduler_changes (
    scheduler_id bigint NOT NULL,
    branch text NOT NULL,
    change_id bigint NOT NULL,
    important boolean NOT NULL
);
CREATE TABLE "@schema@".schedulers (
    id bigint NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    builders text[] DEFAULT '{}'::text[] NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    last_fired_at timestamp with time zone,
    last_buildset_id bigint,
    last_error text,
    retired_at timestamp with time zone,
    watches_since timestamp with time zone,
    watches text
);
ALTER TABLE "@schema@".schedulers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".schedulers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".schema_migrations (
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
CREATE TABLE "@schema@".sourcestamps (
    id bigint NOT NULL,
    codebase text NOT NULL,
    project text,
    repository text,
    branch text,
    revision text,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE "@schema@".sourcestamps ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".sourcestamps_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".steps (
    id bigint NOT NULL,
    build_id bigint NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    state_text text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    results smallint,
    hidden boolean DEFAULT false NOT NULL,
    outputs jsonb DEFAULT '{}'::jsonb NOT NULL,
    statistics jsonb DEFAULT '{}'::jsonb NOT NULL
);
ALTER TABLE "@schema@".steps ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".steps_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".store_identity (
    single boolean DEFAULT true NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    CONSTRAINT store_identity_single_check CHECK (single)
);
CREATE TABLE "@schema@".timers (
    kind text NOT NULL,
    subject text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    rule text,
    meant_at timestamp with time zone
);
CREATE TABLE "@schema@".timers_synced (
    kind text NOT NULL,
    revision_id bigint NOT NULL
);
CREATE TABLE "@schema@".tokens (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    label text NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    scopes text[],
    created_by text,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone
);
ALTER TABLE "@schema@".tokens ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".tokens_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".users (
    id bigint NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    security_stamp text NOT NULL,
    rights text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone
);
ALTER TABLE "@schema@".users ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE "@schema@".worker_sessions (
    worker_id bigint NOT NULL,
    session bigint NOT NULL,
    master_id bigint NOT NULL,
    instance uuid NOT NULL,
    boot text NOT NULL,
    protocol integer NOT NULL,
    connected_at timestamp with time zone NOT NULL,
    heartbeat_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);
CREATE TABLE "@schema@".workers (
    id bigint NOT NULL,
    name text NOT NULL,
    token_hash bytea,
    configured boolean DEFAULT false NOT NULL,
    max_builds integer DEFAULT 1 NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    properties jsonb DEFAULT '{}'::jsonb NOT NULL,
    missing_after interval DEFAULT '00:10:00'::interval NOT NULL,
    info jsonb DEFAULT '{}'::jsonb NOT NULL,
    paused_at timestamp with time zone,
    paused_by text,
    pause_reason text,
    retired_at timestamp with time zone
);
ALTER TABLE "@schema@".workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "@schema@".workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE ONLY "@schema@".audit ATTACH PARTITION "@schema@".audit_20261125 FOR VALUES FROM ('2026-11-25') TO ('2026-11-26');
ALTER TABLE ONLY "@schema@".audit ATTACH PARTITION "@schema@".audit_20261126 FOR VALUES FROM ('2026-11-26') TO ('2026-11-27');
ALTER TABLE ONLY "@schema@".events ATTACH PARTITION "@schema@".events_20261125 FOR VALUES FROM ('2026-11-25') TO ('2026-11-26');
ALTER TABLE ONLY "@schema@".events ATTACH PARTITION "@schema@".events_20261126 FOR VALUES FROM ('2026-11-26') TO ('2026-11-27');
ALTER TABLE ONLY "@schema@".log_chunks ATTACH PARTITION "@schema@".log_chunks_20270301 FOR VALUES FROM ('2027-03-01') TO ('2027-03-08');
ALTER TABLE ONLY "@schema@".raw_hooks ATTACH PARTITION "@schema@".raw_hooks_20261125 FOR VALUES FROM ('2026-11-25') TO ('2026-11-26');
ALTER TABLE ONLY "@schema@".raw_hooks ATTACH PARTITION "@schema@".raw_hooks_20261126 FOR VALUES FROM ('2026-11-26') TO ('2026-11-27');
INSERT INTO "@schema@".audit_20261125 VALUES
	('2026-11-25', 1, '2026-11-25 23:12:44.913307+00', 'first start', 'user.save', 'admin', NULL, NULL),
	('2026-11-25', 2, '2026-11-25 23:12:46.509488+00', 'configuration file', 'config.apply', 'revision 1', 'the configuration file changed', NULL),
	('2026-11-25', 3, '2026-11-25 23:13:02.030372+00', 'admin', 'scheduler.force', 'scheduler force: buildset 1', NULL, '127.0.0.1'),
	('2026-11-25', 4, '2026-11-25 23:13:02.119816+00', 'admin', 'scheduler.force', 'scheduler force: buildset 2', NULL, '127.0.0.1'),
	('2026-11-25', 5, '2026-11-25 23:13:03.499076+00', 'admin', 'change.send', 'change 1', NULL, '127.0.0.1'),
	('2026-11-25', 6, '2026-11-25 23:13:05.777113+00', 'admin', 'scheduler.force', 'scheduler force: buildset 4', NULL, '127.0.0.1'),
	('2026-11-25', 7, '2026-11-25 23:13:06.019688+00', 'admin', 'scheduler.force', 'scheduler force: buildset 5', NULL, '127.0.0.1'),
	('2026-11-25', 8, '2026-11-25 23:13:06.145503+00', 'admin', 'scheduler.force', 'scheduler force: buildset 6', NULL, '127.0.0.1'),
	('2026-11-25', 9, '2026-11-25 23:13:06.225779+00', 'admin', 'scheduler.force', 'scheduler force: buildset 7', NULL, '127.0.0.1');
INSERT INTO "@schema@".build_plans VALUES
	(1, 1, '{"Worker": {"Name": "w0", "Tags": []}, "Attempt": 1, "Builder": {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w0", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w0"]}, "Priority": 0, "Properties": []}, "Changes": [], "Buildset": {"Id": 1, "Reason": "forced by admin", "Scheduler": "force"}, "Directory": "parallel-w0", "SourceStamps": [], "SecretSources": []}'),
	(2, 1, '{"Worker": {"Name": "w1", "Tags": []}, "Attempt": 1, "Builder": {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w1", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w1"]}, "Priority": 0, "Properties": []}, "Changes": [], "Buildset": {"Id": 2, "Reason": "forced by admin", "Scheduler": "force"}, "Directory": "parallel-w1", "SourceStamps": [], "SecretSources": []}'),
	(3, 1, '{"Worker": {"Name": "w1", "Tags": []}, "Attempt": 1, "Builder": {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "latency", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "date", "kind": "run", "Shell": "date +%s.%N > /tmp/s/${{ properties.revision }}", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": [], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": []}, "Priority": 0, "Properties": []}, "Changes": [{"Files": ["a.c"], "Author": "Ada <ada@x>", "Branch": "latency", "Codebase": "code", "Comments": "a change: ünïcode", "Revision": "abc"}], "Buildset": {"Id": 3, "Reason": "a change to code on latency", "Scheduler": "lat"}, "Directory": "latency", "SourceStamps": [{"Id": 1, "Branch": "latency", "Codebase": "code", "Revision": "abc", "CreatedAt": "2026-11-25T23:13:03.634637+00:00", "Repository": "r"}], "SecretSources": []}'),
	(4, 1, '{"Worker": {"Name": "w0", "Tags": []}, "Attempt": 1, "Builder": {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w0", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w0"]}, "Priority": 0, "Properties": []}, "Changes": [], "Buildset": {"Id": 4, "Reason": "forced by admin", "Scheduler": "force"}, "Directory": "parallel-w0", "SourceStamps": [], "SecretSources": []}'),
	(5, 1, '{"Worker": {"Name": "w1", "Tags": []}, "Attempt": 1, "Builder": {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w1", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w1"]}, "Priority": 0, "Properties": []}, "Changes": [], "Buildset": {"Id": 5, "Reason": "forced by admin", "Scheduler": "force"}, "Directory": "parallel-w1", "SourceStamps": [], "SecretSources": []}');
INSERT INTO "@schema@".build_properties VALUES
	(1, 'scheduler', '"force"', 'Scheduler'),
	(1, 'reason', '"forced by admin"', 'Force Build Form'),
	(1, 'owner', '"admin"', 'Force Build Form'),
	(1, 'buildername', '"parallel-w0"', 'Builder'),
	(1, 'workername', '"w0"', 'Worker'),
	(1, 'builddir', '"parallel-w0"', 'Build'),
	(1, 'buildnumber', '1', 'Build'),
	(2, 'scheduler', '"force"', 'Scheduler'),
	(2, 'reason', '"forced by admin"', 'Force Build Form'),
	(2, 'owner', '"admin"', 'Force Build Form'),
	(2, 'buildername', '"parallel-w1"', 'Builder'),
	(2, 'workername', '"w1"', 'Worker'),
	(2, 'builddir', '"parallel-w1"', 'Build'),
	(2, 'buildnumber', '1', 'Build'),
	(3, 'scheduler', '"lat"', 'Scheduler'),
	(3, 'reason', '"a change to code on latency"', 'Scheduler'),
	(3, 'buildername', '"latency"', 'Builder'),
	(3, 'workername', '"w1"', 'Worker'),
	(3, 'builddir', '"latency"', 'Build'),
	(3, 'codebase', '"code"', 'Build'),
	(3, 'repository', '"r"', 'Build'),
	(3, 'branch', '"latency"', 'Build'),
	(3, 'revision', '"abc"', 'Build'),
	(3, 'buildnumber', '1', 'Build'),
	(4, 'scheduler', '"force"', 'Scheduler'),
	(4, 'reason', '"forced by admin"', 'Force Build Form'),
	(4, 'owner', '"admin"', 'Force Build Form'),
	(4, 'buildername', '"parallel-w0"', 'Builder'),
	(4, 'workername', '"w0"', 'Worker'),
	(4, 'builddir', '"parallel-w0"', 'Build'),
	(4, 'buildnumber', '2', 'Build'),
	(5, 'scheduler', '"force"', 'Scheduler'),
	(5, 'reason', '"forced by admin"', 'Force Build Form'),
	(5, 'owner', '"admin"', 'Force Build Form'),
	(5, 'buildername', '"parallel-w1"', 'Builder'),
	(5, 'workername', '"w1"', 'Worker'),
	(5, 'builddir', '"parallel-w1"', 'Build'),
	(5, 'buildnumber', '2', 'Build');
INSERT INTO "@schema@".builders OVERRIDING SYSTEM VALUE VALUES
	(3, 'parallel-w2', NULL, NULL, '{}', 2, '{w2}', '{}', 0, NULL),
	(4, 'parallel-w3', NULL, NULL, '{}', 3, '{w3}', '{}', 0, NULL),
	(5, 'parallel-w4', NULL, NULL, '{}', 4, '{w4}', '{}', 0, NULL),
	(6, 'parallel-w5', NULL, NULL, '{}', 5, '{w5}', '{}', 0, NULL),
	(7, 'parallel-w6', NULL, NULL, '{}', 6, '{w6}', '{}', 0, NULL),
	(8, 'parallel-w7', NULL, NULL, '{}', 7, '{w7}', '{}', 0, NULL),
	(9, 'latency', NULL, NULL, '{}', 8, '{}', '{}', 1, NULL),
	(1, 'parallel-w0', NULL, NULL, '{}', 0, '{w0}', '{}', 2, NULL),
	(2, 'parallel-w1', NULL, NULL, '{}', 1, '{w1}', '{}', 2, NULL);
INSERT INTO "@schema@".builds OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 1, 1, 1, 1, 1, 1, 1, '2026-11-25 23:13:02.223444+00', '2026-11-25 23:13:03.17056+00', 0, 'build successful', NULL, NULL),
	(2, 2, 1, 2, 2, 2, 1, 1, 1, '2026-11-25 23:13:02.468785+00', '2026-11-25 23:13:03.173275+00', 0, 'build successful', NULL, NULL),
	(3, 9, 1, 3, 3, 2, 1, 1, 1, '2026-11-25 23:13:03.676164+00', '2026-11-25 23:13:03.813404+00', 0, 'build successful', 'latency', 'abc'),
	(4, 1, 2, 4, 4, 1, 1, 1, 1, '2026-11-25 23:13:05.831967+00', '2026-11-25 23:13:05.971216+00', 0, 'build successful', NULL, NULL),
	(5, 2, 2, 5, 5, 2, 1, 1, 1, '2026-11-25 23:13:06.049017+00', '2026-11-25 23:13:06.251416+00', 0, 'build successful', NULL, NULL);
INSERT INTO "@schema@".buildset_changes VALUES
	(3, 1);
INSERT INTO "@schema@".buildset_sourcestamps VALUES
	(3, 1);
INSERT INTO "@schema@".buildsets OVERRIDING SYSTEM VALUE VALUES
	(1, 'force', 'forced by admin', NULL, '2026-11-25 23:13:02.004477+00', '2026-11-25 23:13:03.17198+00', 0, NULL, NULL, NULL, 1, '[{"Name": "scheduler", "Value": "\"force\"", "Source": "Scheduler"}, {"Name": "reason", "Value": "\"forced by admin\"", "Source": "Force Build Form"}, {"Name": "owner", "Value": "\"admin\"", "Source": "Force Build Form"}]'),
	(2, 'force', 'forced by admin', NULL, '2026-11-25 23:13:02.116157+00', '2026-11-25 23:13:03.174567+00', 0, NULL, NULL, NULL, 1, '[{"Name": "scheduler", "Value": "\"force\"", "Source": "Scheduler"}, {"Name": "reason", "Value": "\"forced by admin\"", "Source": "Force Build Form"}, {"Name": "owner", "Value": "\"admin\"", "Source": "Force Build Form"}]'),
	(3, 'lat', 'a change to code on latency', NULL, '2026-11-25 23:13:03.630701+00', '2026-11-25 23:13:03.818449+00', 0, NULL, NULL, NULL, 1, '[{"Name": "scheduler", "Value": "\"lat\"", "Source": "Scheduler"}, {"Name": "reason", "Value": "\"a change to code on latency\"", "Source": "Scheduler"}]'),
	(4, 'force', 'forced by admin', NULL, '2026-11-25 23:13:05.774253+00', '2026-11-25 23:13:05.972294+00', 0, NULL, NULL, NULL, 1, '[{"Name": "scheduler", "Value": "\"force\"", "Source": "Scheduler"}, {"Name": "reason", "Value": "\"forced by admin\"", "Source": "Force Build Form"}, {"Name": "owner", "Value": "\"admin\"", "Source": "Force Build Form"}]'),
	(6, 'force', 'forced by admin', NULL, '2026-11-25 23:13:06.139681+00', NULL, NULL, NULL, NULL, NULL, 1, '[{"Name": "scheduler", "Value": "\"force\"", "Source": "Scheduler"}, {"Name": "reason", "Value": "\"forced by admin\"", "Source": "Force Build Form"}, {"Name": "owner", "Value": "\"admin\"", "Source": "Force Build Form"}]'),
	(7, 'force', 'forced by admin', NULL, '2026-11-25 23:13:06.220946+00', NULL, NULL, NULL, NULL, NULL, 1, '[{"Name": "scheduler", "Value": "\"force\"", "Source": "Scheduler"}, {"Name": "reason", "Value": "\"forced by admin\"", "Source": "Force Build Form"}, {"Name": "owner", "Value": "\"admin\"", "Source": "Force Build Form"}]'),
	(5, 'force', 'forced by admin', NULL, '2026-11-25 23:13:06.001975+00', '2026-11-25 23:13:06.252764+00', 0, NULL, NULL, NULL, 1, '[{"Name": "scheduler", "Value": "\"force\"", "Source": "Scheduler"}, {"Name": "reason", "Value": "\"forced by admin\"", "Source": "Force Build Form"}, {"Name": "owner", "Value": "\"admin\"", "Source": "Force Build Form"}]');
INSERT INTO "@schema@".changes OVERRIDING SYSTEM VALUE VALUES
	(1, NULL, 'Ada <ada@x>', NULL, 'code', NULL, 'r', 'latency', 'abc', NULL, 'a change: ünïcode', '{a.c}', false, '{}', NULL, '2026-11-25 23:13:03.485414+00', '2026-11-25 23:13:03.485414+00', '{}');
INSERT INTO "@schema@".codebases OVERRIDING SYSTEM VALUE VALUES
	(1, 'code', 'r', 'main', NULL, NULL);
INSERT INTO "@schema@".config_differences VALUES
	(1, 0, 'Changed', 'configuration', '', NULL, '[{"Kind": 3, "After": "bench", "Before": "Weir", "Setting": "title"}]'),
	(1, 1, 'Added', 'codebase', 'code', NULL, '[]'),
	(1, 2, 'Added', 'scheduler', 'force', NULL, '[]'),
	(1, 3, 'Added', 'scheduler', 'lat', NULL, '[]'),
	(1, 4, 'Added', 'worker', 'w*', NULL, '[]'),
	(1, 5, 'Added', 'builder', 'parallel-w0', NULL, '[]'),
	(1, 6, 'Added', 'builder', 'parallel-w1', NULL, '[]'),
	(1, 7, 'Added', 'builder', 'parallel-w2', NULL, '[]'),
	(1, 8, 'Added', 'builder', 'parallel-w3', NULL, '[]'),
	(1, 9, 'Added', 'builder', 'parallel-w4', NULL, '[]'),
	(1, 10, 'Added', 'builder', 'parallel-w5', NULL, '[]'),
	(1, 11, 'Added', 'builder', 'parallel-w6', NULL, '[]'),
	(1, 12, 'Added', 'builder', 'parallel-w7', NULL, '[]'),
	(1, 13, 'Added', 'builder', 'latency', NULL, '[]');
INSERT INTO "@schema@".config_in_force VALUES
	(true, 1);
INSERT INTO "@schema@".config_revisions OVERRIDING SYSTEM VALUE VALUES
	(1, '47bab94358905395a75f837a5b3d352b72b8fd901d04d6daec5384bbae43944c', NULL, 'configuration file', '2026-11-25 23:12:46.20114+00', 'the configuration file changed', 'InForce', '[{"Name": "weir.yaml", "Text": "weir: 1\ntitle: bench\ncodebases: { code: { repository: r, branch: main } }\nworkers: { ''w*'': {} }\nschedulers:\n  force: { type: force, builders: [parallel-w0, parallel-w1, parallel-w2, parallel-w3, parallel-w4, parallel-w5, parallel-w6, parallel-w7] }\n  lat: { type: single-branch, changes: { branch: latency }, codebases: [code], builders: [latency] }\nbuilders:\n  parallel-w0: { workers: { names: [w0] }, steps: [ { run: [''true''] } ] }\n  parallel-w1: { workers: { names: [w1] }, steps: [ { run: [''true''] } ] }\n  parallel-w2: { workers: { names: [w2] }, steps: [ { run: [''true''] } ] }\n  parallel-w3: { workers: { names: [w3] }, steps: [ { run: [''true''] } ] }\n  parallel-w4: { workers: { names: [w4] }, steps: [ { run: [''true''] } ] }\n  parallel-w5: { workers: { names: [w5] }, steps: [ { run: [''true''] } ] }\n  parallel-w6: { workers: { names: [w6] }, steps: [ { run: [''true''] } ] }\n  parallel-w7: { workers: { names: [w7] }, steps: [ { run: [''true''] } ] }\n  latency: { steps: [ { run: \"date +%s.%N > /tmp/s/${{ properties.revision }}\" } ] }\n"}]', '{"Title": "bench", "Secrets": [], "Workers": [{"Name": "w*", "Tags": [], "MaxBuilds": 1, "Properties": {}, "MissingAfter": "00:10:00"}], "Builders": [{"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w0", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w0"]}, "Priority": 0, "Properties": []}, {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w1", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w1"]}, "Priority": 0, "Properties": []}, {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w2", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w2"]}, "Priority": 0, "Properties": []}, {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w3", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w3"]}, "Priority": 0, "Properties": []}, {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w4", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w4"]}, "Priority": 0, "Properties": []}, {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w5", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w5"]}, "Priority": 0, "Properties": []}, {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w6", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w6"]}, "Priority": 0, "Properties": []}, {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "parallel-w7", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "true", "kind": "run", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": ["true"], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": ["w7"]}, "Priority": 0, "Properties": []}, {"Env": {}, "Keep": {"Logs": "90.00:00:00"}, "Name": "latency", "Tags": [], "Steps": [{"Env": {}, "Logs": {}, "Name": "date", "kind": "run", "Shell": "date +%s.%N > /tmp/s/${{ properties.revision }}", "Retries": 0, "Timeout": "00:20:00", "Workdir": ".", "AlwaysRun": false, "Arguments": [], "ExitCodes": {}, "RetryDelay": "00:00:00", "HaltOnFailure": true, "WarnOnFailure": false, "FlunkOnFailure": true, "WarnOnWarnings": false, "FlunkOnWarnings": false}], "Workers": {"Tags": [], "Names": []}, "Priority": 0, "Properties": []}], "Projects": [], "Codebases": [{"Name": "code", "Branch": "main", "Repository": "r"}], "Schedulers": [{"Name": "force", "type": "force", "Enabled": true, "Builders": ["parallel-w0", "parallel-w1", "parallel-w2", "parallel-w3", "parallel-w4", "parallel-w5", "parallel-w6", "parallel-w7"], "Priority": 0, "Codebases": [], "Parameters": [], "Properties": {}}, {"Name": "lat", "type": "single-branch", "Changes": {"Files": [], "Authors": [], "Branches": ["latency"], "Projects": [], "Codebases": [], "Categories": [], "Properties": {}}, "Enabled": true, "Builders": ["latency"], "Priority": 0, "Codebases": ["code"], "Important": [], "Properties": {}}], "ChangeSources": []}', '--- /dev/null
+++ weir.yaml
@@ -0,0 +1,18 @@
+weir: 1
+title: bench
+codebases: { code: { repository: r, branch: main } }
+workers: { ''w*'': {} }
+schedulers:
+  force: { type: force, builders: [parallel-w0, parallel-w1, parallel-w2, parallel-w3, parallel-w4, parallel-w5, parallel-w6, parallel-w7] }
+  lat: { type: single-branch, changes: { branch: latency }, codebases: [code], builders: [latency] }
+builders:
+  parallel-w0: { workers: { names: [w0] }, steps: [ { run: [''true''] } ] }
+  parallel-w1: { workers: { names: [w1] }, steps: [ { run: [''true''] } ] }
+  parallel-w2: { workers: { names: [w2] }, steps: [ { run: [''true''] } ] }
+  parallel-w3: { workers: { names: [w3] }, steps: [ { run: [''true''] } ] }
+  parallel-w4: { workers: { names: [w4] }, steps: [ { run: [''true''] } ] }
+  parallel-w5: { workers: { names: [w5] }, steps: [ { run: [''true''] } ] }
+  parallel-w6: { workers: { names: [w6] }, steps: [ { run: [''true''] } ] }
+  parallel-w7: { workers: { names: [w7] }, steps: [ { run: [''true''] } ] }
+  latency: { steps: [ { run: "date +%s.%N > /tmp/s/${{ properties.revision }}" } ] }
+
', '[]', 'the first configuration: 1 codebase, 2 schedulers, 1 worker, 9 builders');
INSERT INTO "@schema@".data_protection_keys OVERRIDING SYSTEM VALUE VALUES
	(1, 'key-fa4b0897-d35d-4fc6-8459-9b60f9a0e5d1', '<key id="fa4b0897-d35d-4fc6-8459-9b60f9a0e5d1" version="1"><creationDate>2026-11-25T23:12:44.5315726Z</creationDate><activationDate>2026-11-25T23:12:44.5315726Z</activationDate><expirationDate>2027-02-23T23:12:44.5315726Z</expirationDate><descriptor deserializerType="Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel.AuthenticatedEncryptorDescriptorDeserializer, Microsoft.AspNetCore.DataProtection, Version=10.0.0.0, Culture=neutral, PublicKeyToken=adb9793829ddae60"><descriptor><encryption algorithm="AES_256_CBC" /><validation algorithm="HMACSHA256" /><masterKey p4:requiresEncryption="true" xmlns:p4="http://schemas.asp.net/2015/03/dataProtection"><!-- Warning: the key below is in an unencrypted form. --><value>fbph3z4K9sanZKWq/JBpumhy0Nm3rYaV3QS1eYIxItRzrTpq/s1bFOtvs091b1zqGu8jyvgp1mzyPjrg8bfNwg==</value></masterKey></descriptor></descriptor></key>');
INSERT INTO "@schema@".duties VALUES
	('pruning', 1, 1, '-infinity', '2026-11-25 23:12:46.274097+00', NULL);
INSERT INTO "@schema@".event_counter VALUES
	(true, 68);
INSERT INTO "@schema@".events_20261125 VALUES
	('2026-11-25', 1, '2026-11-25 23:12:45.076133+00', 'MasterChanged', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	('2026-11-25', 2, '2026-11-25 23:12:46.515289+00', 'ConfigurationChanged', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 3, '2026-11-25 23:12:56.870446+00', 'WorkerChanged', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, NULL),
	('2026-11-25', 4, '2026-11-25 23:12:56.925794+00', 'WorkerChanged', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, NULL),
	('2026-11-25', 5, '2026-11-25 23:13:02.033564+00', 'BuildsetAdded', NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 6, '2026-11-25 23:13:02.03363+00', 'RequestAdded', NULL, 1, 1, 1, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 7, '2026-11-25 23:13:02.033633+00', 'SchedulerChanged', NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 8, '2026-11-25 23:13:02.121297+00', 'BuildsetAdded', NULL, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 9, '2026-11-25 23:13:02.121359+00', 'RequestAdded', NULL, 2, 2, 2, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 10, '2026-11-25 23:13:02.121362+00', 'SchedulerChanged', NULL, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 11, '2026-11-25 23:13:02.347259+00', 'RequestClaimed', NULL, 1, 1, 1, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 12, '2026-11-25 23:13:02.347285+00', 'BuildStarted', NULL, 1, 1, 1, 1, NULL, NULL, 1, NULL),
	('2026-11-25', 13, '2026-11-25 23:13:02.352129+00', 'StepStarted', NULL, NULL, NULL, 1, 1, 1, NULL, NULL, NULL),
	('2026-11-25', 14, '2026-11-25 23:13:02.352137+00', 'LogOpened', NULL, NULL, NULL, NULL, 1, 1, 1, NULL, NULL),
	('2026-11-25', 15, '2026-11-25 23:13:02.523321+00', 'RequestClaimed', NULL, 2, 2, 2, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 16, '2026-11-25 23:13:02.523391+00', 'BuildStarted', NULL, 2, 2, 2, 2, NULL, NULL, 2, NULL),
	('2026-11-25', 17, '2026-11-25 23:13:02.527824+00', 'StepStarted', NULL, NULL, NULL, 2, 2, 2, NULL, NULL, NULL),
	('2026-11-25', 18, '2026-11-25 23:13:02.52783+00', 'LogOpened', NULL, NULL, NULL, NULL, 2, 2, 2, NULL, NULL),
	('2026-11-25', 19, '2026-11-25 23:13:03.1638+00', 'StepCompleted', NULL, NULL, NULL, 2, 2, 2, NULL, NULL, NULL),
	('2026-11-25', 20, '2026-11-25 23:13:03.163827+00', 'BuildCompleted', NULL, 2, 2, 2, 2, NULL, NULL, 2, NULL),
	('2026-11-25', 21, '2026-11-25 23:13:03.169802+00', 'StepCompleted', NULL, NULL, NULL, 1, 1, 1, NULL, NULL, NULL),
	('2026-11-25', 22, '2026-11-25 23:13:03.169822+00', 'BuildCompleted', NULL, 1, 1, 1, 1, NULL, NULL, 1, NULL),
	('2026-11-25', 23, '2026-11-25 23:13:03.171411+00', 'RequestCompleted', NULL, 1, 1, 1, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 24, '2026-11-25 23:13:03.17208+00', 'BuildsetCompleted', NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 25, '2026-11-25 23:13:03.173967+00', 'RequestCompleted', NULL, 2, 2, 2, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 26, '2026-11-25 23:13:03.174617+00', 'BuildsetCompleted', NULL, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 27, '2026-11-25 23:13:03.500367+00', 'ChangeAdded', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 28, '2026-11-25 23:13:03.651382+00', 'BuildsetAdded', NULL, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 29, '2026-11-25 23:13:03.651405+00', 'RequestAdded', NULL, 3, 3, 9, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 30, '2026-11-25 23:13:03.651407+00', 'SchedulerChanged', NULL, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 31, '2026-11-25 23:13:03.69216+00', 'RequestClaimed', NULL, 3, 3, 9, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 32, '2026-11-25 23:13:03.692216+00', 'BuildStarted', NULL, 3, 3, 9, 3, NULL, NULL, 2, NULL),
	('2026-11-25', 33, '2026-11-25 23:13:03.698575+00', 'StepStarted', NULL, NULL, NULL, 9, 3, 3, NULL, NULL, NULL),
	('2026-11-25', 34, '2026-11-25 23:13:03.698581+00', 'LogOpened', NULL, NULL, NULL, NULL, 3, 3, 3, NULL, NULL),
	('2026-11-25', 35, '2026-11-25 23:13:03.812882+00', 'StepCompleted', NULL, NULL, NULL, 9, 3, 3, NULL, NULL, NULL),
	('2026-11-25', 36, '2026-11-25 23:13:03.812908+00', 'BuildCompleted', NULL, 3, 3, 9, 3, NULL, NULL, 2, NULL),
	('2026-11-25', 37, '2026-11-25 23:13:03.817948+00', 'RequestCompleted', NULL, 3, 3, 9, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 38, '2026-11-25 23:13:03.818475+00', 'BuildsetCompleted', NULL, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 39, '2026-11-25 23:13:05.777776+00', 'BuildsetAdded', NULL, 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 40, '2026-11-25 23:13:05.777787+00', 'RequestAdded', NULL, 4, 4, 1, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 41, '2026-11-25 23:13:05.777789+00', 'SchedulerChanged', NULL, 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 42, '2026-11-25 23:13:05.839982+00', 'RequestClaimed', NULL, 4, 4, 1, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 43, '2026-11-25 23:13:05.839999+00', 'BuildStarted', NULL, 4, 4, 1, 4, NULL, NULL, 1, NULL),
	('2026-11-25', 44, '2026-11-25 23:13:05.84366+00', 'StepStarted', NULL, NULL, NULL, 1, 4, 4, NULL, NULL, NULL),
	('2026-11-25', 45, '2026-11-25 23:13:05.843667+00', 'LogOpened', NULL, NULL, NULL, NULL, 4, 4, 4, NULL, NULL),
	('2026-11-25', 46, '2026-11-25 23:13:05.970422+00', 'StepCompleted', NULL, NULL, NULL, 1, 4, 4, NULL, NULL, NULL),
	('2026-11-25', 47, '2026-11-25 23:13:05.97045+00', 'BuildCompleted', NULL, 4, 4, 1, 4, NULL, NULL, 1, NULL),
	('2026-11-25', 48, '2026-11-25 23:13:05.971735+00', 'RequestCompleted', NULL, 4, 4, 1, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 49, '2026-11-25 23:13:05.972344+00', 'BuildsetCompleted', NULL, 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 50, '2026-11-25 23:13:06.025091+00', 'BuildsetAdded', NULL, 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 51, '2026-11-25 23:13:06.025139+00', 'RequestAdded', NULL, 5, 5, 2, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 52, '2026-11-25 23:13:06.025141+00', 'SchedulerChanged', NULL, 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 53, '2026-11-25 23:13:06.05618+00', 'RequestClaimed', NULL, 5, 5, 2, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 54, '2026-11-25 23:13:06.056196+00', 'BuildStarted', NULL, 5, 5, 2, 5, NULL, NULL, 2, NULL),
	('2026-11-25', 55, '2026-11-25 23:13:06.059734+00', 'StepStarted', NULL, NULL, NULL, 2, 5, 5, NULL, NULL, NULL),
	('2026-11-25', 56, '2026-11-25 23:13:06.059767+00', 'LogOpened', NULL, NULL, NULL, NULL, 5, 5, 5, NULL, NULL),
	('2026-11-25', 57, '2026-11-25 23:13:06.146459+00', 'BuildsetAdded', NULL, 6, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 58, '2026-11-25 23:13:06.14647+00', 'RequestAdded', NULL, 6, 6, 6, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 59, '2026-11-25 23:13:06.146473+00', 'SchedulerChanged', NULL, 6, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 60, '2026-11-25 23:13:06.166297+00', 'RequestChanged', NULL, NULL, 6, 6, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 61, '2026-11-25 23:13:06.225997+00', 'BuildsetAdded', NULL, 7, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 62, '2026-11-25 23:13:06.226007+00', 'RequestAdded', NULL, 7, 7, 7, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 63, '2026-11-25 23:13:06.22601+00', 'SchedulerChanged', NULL, 7, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 64, '2026-11-25 23:13:06.250267+00', 'StepCompleted', NULL, NULL, NULL, 2, 5, 5, NULL, NULL, NULL),
	('2026-11-25', 65, '2026-11-25 23:13:06.250285+00', 'BuildCompleted', NULL, 5, 5, 2, 5, NULL, NULL, 2, NULL),
	('2026-11-25', 66, '2026-11-25 23:13:06.25224+00', 'RequestCompleted', NULL, 5, 5, 2, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 67, '2026-11-25 23:13:06.252797+00', 'BuildsetCompleted', NULL, 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('2026-11-25', 68, '2026-11-25 23:13:06.428544+00', 'RequestChanged', NULL, NULL, 7, 7, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "@schema@".firings VALUES
	(1, 'force:01a214fb-e403-783a-bf17-fe85bf695116', 1, '2026-11-25 23:13:01.963522+00', NULL, NULL),
	(1, 'force:01a214fb-e49b-762f-842d-37749cf1063c', 2, '2026-11-25 23:13:02.112083+00', NULL, NULL),
	(2, 'change:1', 3, '2026-11-25 23:13:03.615072+00', NULL, NULL),
	(1, 'force:01a214fb-f2e6-714e-95bf-c8240fcdbe6c', 4, '2026-11-25 23:13:05.764979+00', NULL, NULL),
	(1, 'force:01a214fb-f3a5-74e2-99f8-a943e01d8ff2', 5, '2026-11-25 23:13:05.95777+00', NULL, NULL),
	(1, 'force:01a214fb-f45b-7dba-ad40-f0e2e5e26691', 6, '2026-11-25 23:13:06.138195+00', NULL, NULL),
	(1, 'force:01a214fb-f4ab-78fd-8a19-ec5fab50b35e', 7, '2026-11-25 23:13:06.218454+00', NULL, NULL);
INSERT INTO "@schema@".log_chunks_20270301 VALUES
	('2027-03-01', 1, 0, 0, 3, 0, 0, 145, '\x0152000000832880680000062420747275656800031d696e202f746d702f732f776f726b2d77302f706172616c6c656c2d773068000223656e6465642077697468206578697420636f6465203020616674657220313439206d7303', NULL),
	('2027-03-01', 2, 0, 0, 3, 0, 0, 127, '\x0152000000832880680000062420747275656800011d696e202f746d702f732f776f726b2d77312f706172616c6c656c2d773168000123656e6465642077697468206578697420636f6465203020616674657220313239206d7303', NULL),
	('2027-03-01', 3, 0, 0, 2, 0, 0, 6, '\x01500000008327806800002f24202f62696e2f7368202d63202764617465202b25732e254e203e202f746d702f732f22247b574549525f317d222768000019696e202f746d702f732f776f726b2d77312f6c6174656e637903', NULL),
	('2027-03-01', 3, 1, 2, 1, 0, 0, 47, '\x012600000083128068000022656e6465642077697468206578697420636f64652030206166746572203437206d7303', NULL),
	('2027-03-01', 4, 0, 0, 2, 0, 0, 11, '\x012b000000031580680000062420747275656800001d696e202f746d702f732f776f726b2d77302f706172616c6c656c2d773003', NULL),
	('2027-03-01', 4, 1, 2, 1, 0, 0, 23, '\x012600000083128068000022656e6465642077697468206578697420636f64652030206166746572203233206d7303', NULL),
	('2027-03-01', 5, 0, 0, 3, 0, 0, 107, '\x0152000000832880680000062420747275656800001d696e202f746d702f732f776f726b2d77312f706172616c6c656c2d773168000223656e6465642077697468206578697420636f6465203020616674657220313039206d7303', NULL);
INSERT INTO "@schema@".logs OVERRIDING SYSTEM VALUE VALUES
	(2, 2, 2, 'stdio', 'stdio', 's', 3, 0, 1, '2026-11-25 23:13:02.527412+00', '2026-11-25 23:13:03.164728+00', '2027-03-01'),
	(1, 1, 1, 'stdio', 'stdio', 's', 3, 0, 1, '2026-11-25 23:13:02.351345+00', '2026-11-25 23:13:03.170118+00', '2027-03-01'),
	(3, 3, 3, 'stdio', 'stdio', 's', 3, 0, 2, '2026-11-25 23:13:03.698514+00', '2026-11-25 23:13:03.813168+00', '2027-03-01'),
	(4, 4, 4, 'stdio', 'stdio', 's', 3, 0, 2, '2026-11-25 23:13:05.843525+00', '2026-11-25 23:13:05.970743+00', '2027-03-01'),
	(5, 5, 5, 'stdio', 'stdio', 's', 3, 0, 1, '2026-11-25 23:13:06.059543+00', '2026-11-25 23:13:06.250881+00', '2027-03-01');
INSERT INTO "@schema@".masters OVERRIDING SYSTEM VALUE VALUES
	(1, 'engine', 1, '{ui,engine}', '0.1.0', 'Active', '{http://127.0.0.1:55601}', 'vm', 26814, '2026-11-25 23:12:45.002845+00', '2026-11-25 23:13:07.428226+00');
INSERT INTO "@schema@".open_requests VALUES
	(6, 6, 6, 0, '2026-11-25 23:13:06.13983+00', 1, NULL, 'NoMatchingWorker', 'No worker of the configuration can take it.', '2026-11-25 23:13:06.165131+00'),
	(7, 7, 7, 0, '2026-11-25 23:13:06.221003+00', 1, NULL, 'NoMatchingWorker', 'No worker of the configuration can take it.', '2026-11-25 23:13:06.412168+00');
INSERT INTO "@schema@".requests OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 1, 0, false, '2026-11-25 23:13:02.005932+00', '2026-11-25 23:13:02.224322+00', 1, '2026-11-25 23:13:03.171386+00', 0),
	(2, 2, 2, 0, false, '2026-11-25 23:13:02.116605+00', '2026-11-25 23:13:02.474245+00', 1, '2026-11-25 23:13:03.173942+00', 0),
	(3, 3, 9, 0, false, '2026-11-25 23:13:03.631231+00', '2026-11-25 23:13:03.676312+00', 1, '2026-11-25 23:13:03.817914+00', 0),
	(4, 4, 1, 0, false, '2026-11-25 23:13:05.774308+00', '2026-11-25 23:13:05.832773+00', 1, '2026-11-25 23:13:05.971711+00', 0),
	(6, 6, 6, 0, false, '2026-11-25 23:13:06.13983+00', NULL, NULL, NULL, NULL),
	(7, 7, 7, 0, false, '2026-11-25 23:13:06.221003+00', NULL, NULL, NULL, NULL),
	(5, 5, 2, 0, false, '2026-11-25 23:13:06.002455+00', '2026-11-25 23:13:06.049976+00', 1, '2026-11-25 23:13:06.252212+00', 0);
INSERT INTO "@schema@".schedulers OVERRIDING SYSTEM VALUE VALUES
	(2, 'lat', 'single-branch', '{latency}', true, '2026-11-25 23:13:03.642454+00', 3, NULL, NULL, NULL, NULL),
	(1, 'force', 'force', '{parallel-w0,parallel-w1,parallel-w2,parallel-w3,parallel-w4,parallel-w5,parallel-w6,parallel-w7}', true, '2026-11-25 23:13:06.225379+00', 7, NULL, NULL, NULL, NULL);
INSERT INTO "@schema@".schema_migrations VALUES
	(1, 'first_path', 'BDF1719050DF06B8', '2026-11-25 23:12:44.165614+00'),
	(2, 'step_statistics', 'C9B48418238EF0AD', '2026-11-25 23:12:44.178476+00'),
	(3, 'schedules_and_hooks', 'D62D3264B8849277', '2026-11-25 23:12:44.200589+00'),
	(4, 'rest', 'FF739B421732B224', '2026-11-25 23:12:44.230771+00'),
	(5, 'logs', 'C73545156E66E0C8', '2026-11-25 23:12:44.235209+00'),
	(6, 'tokens', 'E75350E7D41DF335', '2026-11-25 23:12:44.242579+00'),
	(7, 'one_round_trip', 'F4040EC619C3E0EE', '2026-11-25 23:12:44.247592+00'),
	(8, 'views', '0CD18EE9AA0EB823', '2026-11-25 23:12:44.288196+00');
INSERT INTO "@schema@".sourcestamps OVERRIDING SYSTEM VALUE VALUES
	(1, 'code', NULL, 'r', 'latency', 'abc', '2026-11-25 23:13:03.634637+00');
INSERT INTO "@schema@".steps OVERRIDING SYSTEM VALUE VALUES
	(2, 2, 0, 'true', 'run', 'done', '2026-11-25 23:13:02.527121+00', '2026-11-25 23:13:03.164335+00', 0, false, '{}', '{}'),
	(1, 1, 0, 'true', 'run', 'done', '2026-11-25 23:13:02.35093+00', '2026-11-25 23:13:03.169925+00', 0, false, '{}', '{}'),
	(3, 3, 0, 'date', 'run', 'done', '2026-11-25 23:13:03.69849+00', '2026-11-25 23:13:03.813078+00', 0, false, '{}', '{}'),
	(4, 4, 0, 'true', 'run', 'done', '2026-11-25 23:13:05.843367+00', '2026-11-25 23:13:05.97064+00', 0, false, '{}', '{}'),
	(5, 5, 0, 'true', 'run', 'done', '2026-11-25 23:13:06.0594+00', '2026-11-25 23:13:06.250765+00', 0, false, '{}', '{}');
INSERT INTO "@schema@".store_identity VALUES
	(true, 'caafe35d-a119-40eb-b07e-7f1a38a43faf');
INSERT INTO "@schema@".timers_synced VALUES
	('polls', 1),
	('schedules', 1);
INSERT INTO "@schema@".tokens OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 'bench', '\x1a7674eb4ee78df7e1ac439a93c3fa8e3c945784d4dec9fd8e3011738b2f1d62', '2026-11-25 23:12:52.020222+00', NULL, NULL, NULL, NULL, '2026-11-25 23:13:01.864909+00');
INSERT INTO "@schema@".users OVERRIDING SYSTEM VALUE VALUES
	(1, 'admin', 'AQAAAAIAAYagAAAAEObvkum6ETGw1v1qmrM2tYW8ZUYOkFNjdWV6ygTVCsUUNGISoXUWOwbg28X+ktfnSg==', 'ba6d01a4d2a77fd9abbe4ce63e6dd210', '{admin}', '2026-11-25 23:12:44.90761+00', NULL);
INSERT INTO "@schema@".worker_sessions VALUES
	(1, 1, 1, 'ebc8299a-32f7-4125-a73d-bb9a4bcdb7c0', '87c3ee7e-3848-49b0-adc7-47628a3b5f7b/34a399787fbe4e37941dd92252307ce7', 1, '2026-11-25 23:12:56.907235+00', '2026-11-25 23:13:07.196659+00', NULL),
	(2, 1, 1, '9e18db97-a049-4d23-9974-7d7761ac06cb', '87c3ee7e-3848-49b0-adc7-47628a3b5f7b/aca74d2fe19147e0be701522e48d8a2b', 1, '2026-11-25 23:12:56.798813+00', '2026-11-25 23:13:07.19671+00', NULL);
INSERT INTO "@schema@".workers OVERRIDING SYSTEM VALUE VALUES
	(2, 'w1', '\x60c5590f72eef292f9545afc28bf63ca91d2016a0a288f90f9a32f89d3fffcaf', true, 1, '{}', '{}', '00:10:00', '{"Git": "2.39.5", "Host": "vm", "Cores": 2, "System": "Debian GNU/Linux 12 (bookworm)", "Runtime": ".NET 10.0.12", "Version": "0.1.0", "MemoryBytes": 25276026880, "Architecture": "x64"}', NULL, NULL, NULL, NULL),
	(1, 'w0', '\x762036e1ef0cea7232acd90a28bde9177f7a48a74143f27ad78cadd89bffc467', true, 1, '{}', '{}', '00:10:00', '{"Git": "2.39.5", "Host": "vm", "Cores": 2, "System": "Debian GNU/Linux 12 (bookworm)", "Runtime": ".NET 10.0.12", "Version": "0.1.0", "MemoryBytes": 25276026880, "Architecture": "x64"}', NULL, NULL, NULL, NULL);
SELECT pg_catalog.setval('"@schema@".audit_id_seq', 9, true);
SELECT pg_catalog.setval('"@schema@".builders_id_seq', 9, true);
SELECT pg_catalog.setval('"@schema@".builds_id_seq', 5, true);
SELECT pg_catalog.setval('"@schema@".buildsets_id_seq', 7, true);
SELECT pg_catalog.setval('"@schema@".change_sources_id_seq', 1, false);
SELECT pg_catalog.setval('"@schema@".changes_id_seq', 1, true);
SELECT pg_catalog.setval('"@schema@".codebases_id_seq', 1, true);
SELECT pg_catalog.setval('"@schema@".commands_id_seq', 5, true);
SELECT pg_catalog.setval('"@schema@".config_revisions_id_seq', 1, true);
SELECT pg_catalog.setval('"@schema@".data_protection_keys_id_seq', 1, true);
SELECT pg_catalog.setval('"@schema@".event_outbox_id_seq', 68, true);
SELECT pg_catalog.setval('"@schema@".logs_id_seq', 5, true);
SELECT pg_catalog.setval('"@schema@".masters_id_seq', 1, true);
SELECT pg_catalog.setval('"@schema@".projects_id_seq', 1, false);
SELECT pg_catalog.setval('"@schema@".raw_hooks_id_seq', 1, false);
SELECT pg_catalog.setval('"@schema@".requests_id_seq', 7, true);
SELECT pg_catalog.setval('"@schema@".schedulers_id_seq', 2, true);
SELECT pg_catalog.setval('"@schema@".sourcestamps_id_seq', 1, true);
SELECT pg_catalog.setval('"@schema@".steps_id_seq', 5, true);
SELECT pg_catalog.setval('"@schema@".tokens_id_seq', 1, true);
SELECT pg_catalog.setval('"@schema@".users_id_seq', 1, true);
SELECT pg_catalog.setval('"@schema@".workers_id_seq', 2, true);
ALTER TABLE ONLY "@schema@".action_keys
    ADD CONSTRAINT action_keys_pkey PRIMARY KEY (actor, key);
ALTER TABLE ONLY "@schema@".audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (day, id);
ALTER TABLE ONLY "@schema@".audit_20261125
    ADD CONSTRAINT audit_20261125_pkey PRIMARY KEY (day, id);
ALTER TABLE ONLY "@schema@".audit_20261126
    ADD CONSTRAINT audit_20261126_pkey PRIMARY KEY (day, id);
ALTER TABLE ONLY "@schema@".branch_heads
    ADD CONSTRAINT branch_heads_pkey PRIMARY KEY (source_id, branch);
ALTER TABLE ONLY "@schema@".build_owners
    ADD CONSTRAINT build_owners_pkey PRIMARY KEY (build_id);
ALTER TABLE ONLY "@schema@".build_plans
    ADD CONSTRAINT build_plans_pkey PRIMARY KEY (build_id);
ALTER TABLE ONLY "@schema@".build_properties
    ADD CONSTRAINT build_properties_pkey PRIMARY KEY (build_id, name);
ALTER TABLE ONLY "@schema@".build_stops
    ADD CONSTRAINT build_stops_pkey PRIMARY KEY (build_id);
ALTER TABLE ONLY "@schema@".builders
    ADD CONSTRAINT builders_name_key UNIQUE (name);
ALTER TABLE ONLY "@schema@".builders
    ADD CONSTRAINT builders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".builds
    ADD CONSTRAINT builds_builder_id_number_key UNIQUE (builder_id, number);
ALTER TABLE ONLY "@schema@".builds
    ADD CONSTRAINT builds_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".buildset_changes
    ADD CONSTRAINT buildset_changes_pkey PRIMARY KEY (buildset_id, change_id);
ALTER TABLE ONLY "@schema@".buildset_sourcestamps
    ADD CONSTRAINT buildset_sourcestamps_pkey PRIMARY KEY (buildset_id, sourcestamp_id);
ALTER TABLE ONLY "@schema@".buildsets
    ADD CONSTRAINT buildsets_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".change_sources
    ADD CONSTRAINT change_sources_name_key UNIQUE (name);
ALTER TABLE ONLY "@schema@".change_sources
    ADD CONSTRAINT change_sources_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".change_work
    ADD CONSTRAINT change_work_pkey PRIMARY KEY (change_id);
ALTER TABLE ONLY "@schema@".changes
    ADD CONSTRAINT changes_key_key UNIQUE (key);
ALTER TABLE ONLY "@schema@".changes
    ADD CONSTRAINT changes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".codebases
    ADD CONSTRAINT codebases_name_key UNIQUE (name);
ALTER TABLE ONLY "@schema@".codebases
    ADD CONSTRAINT codebases_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".commands
    ADD CONSTRAINT commands_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".commands
    ADD CONSTRAINT commands_step_id_ordinal_key UNIQUE (step_id, ordinal);
ALTER TABLE ONLY "@schema@".config_differences
    ADD CONSTRAINT config_differences_pkey PRIMARY KEY (revision_id, place);
ALTER TABLE ONLY "@schema@".config_in_force
    ADD CONSTRAINT config_in_force_pkey PRIMARY KEY (single);
ALTER TABLE ONLY "@schema@".config_revisions
    ADD CONSTRAINT config_revisions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".data_protection_keys
    ADD CONSTRAINT data_protection_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".duties
    ADD CONSTRAINT duties_pkey PRIMARY KEY (name);
ALTER TABLE ONLY "@schema@".event_counter
    ADD CONSTRAINT event_counter_pkey PRIMARY KEY (single);
ALTER TABLE ONLY "@schema@".event_outbox
    ADD CONSTRAINT event_outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".events
    ADD CONSTRAINT events_pkey PRIMARY KEY (day, number);
ALTER TABLE ONLY "@schema@".events_20261125
    ADD CONSTRAINT events_20261125_pkey PRIMARY KEY (day, number);
ALTER TABLE ONLY "@schema@".events_20261126
    ADD CONSTRAINT events_20261126_pkey PRIMARY KEY (day, number);
ALTER TABLE ONLY "@schema@".firings
    ADD CONSTRAINT firings_pkey PRIMARY KEY (scheduler_id, identity);
ALTER TABLE ONLY "@schema@".hook_refusals
    ADD CONSTRAINT hook_refusals_pkey PRIMARY KEY (source, reason, day);
ALTER TABLE ONLY "@schema@".hook_work
    ADD CONSTRAINT hook_work_pkey PRIMARY KEY (hook_id);
ALTER TABLE ONLY "@schema@".log_chunks
    ADD CONSTRAINT log_chunks_pkey PRIMARY KEY (expires_on, log_id, seq);
ALTER TABLE ONLY "@schema@".log_chunks_20270301
    ADD CONSTRAINT log_chunks_20270301_pkey PRIMARY KEY (expires_on, log_id, seq);
ALTER TABLE ONLY "@schema@".logs
    ADD CONSTRAINT logs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".logs
    ADD CONSTRAINT logs_step_id_slug_key UNIQUE (step_id, slug);
ALTER TABLE ONLY "@schema@".masters
    ADD CONSTRAINT masters_name_key UNIQUE (name);
ALTER TABLE ONLY "@schema@".masters
    ADD CONSTRAINT masters_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".open_requests
    ADD CONSTRAINT open_requests_pkey PRIMARY KEY (request_id);
ALTER TABLE ONLY "@schema@".projects
    ADD CONSTRAINT projects_name_key UNIQUE (name);
ALTER TABLE ONLY "@schema@".projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".raw_hooks
    ADD CONSTRAINT raw_hooks_pkey PRIMARY KEY (day, id);
ALTER TABLE ONLY "@schema@".raw_hooks_20261125
    ADD CONSTRAINT raw_hooks_20261125_pkey PRIMARY KEY (day, id);
ALTER TABLE ONLY "@schema@".raw_hooks_20261126
    ADD CONSTRAINT raw_hooks_20261126_pkey PRIMARY KEY (day, id);
ALTER TABLE ONLY "@schema@".requests
    ADD CONSTRAINT requests_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".scheduler_changes
    ADD CONSTRAINT scheduler_changes_pkey PRIMARY KEY (scheduler_id, branch, change_id);
ALTER TABLE ONLY "@schema@".schedulers
    ADD CONSTRAINT schedulers_name_key UNIQUE (name);
ALTER TABLE ONLY "@schema@".schedulers
    ADD CONSTRAINT schedulers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (number);
ALTER TABLE ONLY "@schema@".sourcestamps
    ADD CONSTRAINT sourcestamps_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".steps
    ADD CONSTRAINT steps_build_id_number_key UNIQUE (build_id, number);
ALTER TABLE ONLY "@schema@".steps
    ADD CONSTRAINT steps_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".store_identity
    ADD CONSTRAINT store_identity_pkey PRIMARY KEY (single);
ALTER TABLE ONLY "@schema@".timers
    ADD CONSTRAINT timers_pkey PRIMARY KEY (kind, subject);
ALTER TABLE ONLY "@schema@".timers_synced
    ADD CONSTRAINT timers_synced_pkey PRIMARY KEY (kind);
ALTER TABLE ONLY "@schema@".tokens
    ADD CONSTRAINT tokens_hash_key UNIQUE (hash);
ALTER TABLE ONLY "@schema@".tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".users
    ADD CONSTRAINT users_name_key UNIQUE (name);
ALTER TABLE ONLY "@schema@".users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".worker_sessions
    ADD CONSTRAINT worker_sessions_pkey PRIMARY KEY (worker_id);
ALTER TABLE ONLY "@schema@".workers
    ADD CONSTRAINT workers_name_key UNIQUE (name);
ALTER TABLE ONLY "@schema@".workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY "@schema@".workers
    ADD CONSTRAINT workers_token_hash_key UNIQUE (token_hash);
CREATE INDEX action_keys_by_time ON "@schema@".action_keys USING btree (created_at);
CREATE INDEX build_owners_by_worker ON "@schema@".build_owners USING btree (worker_id);
CREATE INDEX builds_by_builder_end ON "@schema@".builds USING btree (builder_id, completed_at, id) INCLUDE (number, started_at, results, request_id, attempt);
CREATE INDEX builds_by_buildset ON "@schema@".builds USING btree (buildset_id);
CREATE INDEX builds_by_end ON "@schema@".builds USING btree (completed_at);
CREATE INDEX builds_by_request ON "@schema@".builds USING btree (request_id);
CREATE INDEX builds_by_result ON "@schema@".builds USING btree (results, id) WHERE (results IS NOT NULL);
CREATE INDEX builds_by_span ON "@schema@".builds USING gist (tstzrange(started_at, GREATEST(started_at, completed_at), '[]'::text)) WHERE (completed_at IS NOT NULL);
CREATE INDEX builds_by_start ON "@schema@".builds USING btree (started_at);
CREATE INDEX builds_by_worker ON "@schema@".builds USING btree (worker_id, id);
CREATE INDEX builds_open ON "@schema@".builds USING btree (id) WHERE (completed_at IS NULL);
CREATE INDEX buildset_changes_by_change ON "@schema@".buildset_changes USING btree (change_id);
CREATE INDEX buildsets_by_external ON "@schema@".buildsets USING btree (external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX buildsets_by_parent ON "@schema@".buildsets USING btree (parent_build_id) WHERE (parent_build_id IS NOT NULL);
CREATE INDEX buildsets_by_scheduler ON "@schema@".buildsets USING btree (scheduler, id) WHERE (scheduler IS NOT NULL);
CREATE INDEX buildsets_by_time ON "@schema@".buildsets USING btree (submitted_at);
CREATE INDEX buildsets_open ON "@schema@".buildsets USING btree (id) WHERE (completed_at IS NULL);
CREATE INDEX changes_by_branch ON "@schema@".changes USING btree (codebase, branch, id);
CREATE INDEX changes_by_revision ON "@schema@".changes USING btree (revision);
CREATE INDEX changes_by_time ON "@schema@".changes USING btree (received_at);
CREATE INDEX commands_by_build ON "@schema@".commands USING btree (build_id);
CREATE INDEX commands_by_worker ON "@schema@".commands USING btree (worker_id) WHERE (ended IS NULL);
CREATE INDEX config_differences_by_former_name ON "@schema@".config_differences USING btree (section, former_name, revision_id) WHERE (former_name IS NOT NULL);
CREATE INDEX config_differences_by_name ON "@schema@".config_differences USING btree (section, name, revision_id);
CREATE INDEX events_by_number ON ONLY "@schema@".events USING btree (number);
CREATE INDEX events_20261125_number_idx ON "@schema@".events_20261125 USING btree (number);
CREATE INDEX events_20261126_number_idx ON "@schema@".events_20261126 USING btree (number);
CREATE INDEX firings_by_time ON "@schema@".firings USING btree (scheduler_id, fired_at DESC);
CREATE INDEX log_chunks_by_line ON ONLY "@schema@".log_chunks USING btree (log_id, first_line);
CREATE INDEX log_chunks_20270301_log_id_first_line_idx ON "@schema@".log_chunks_20270301 USING btree (log_id, first_line);
CREATE INDEX log_chunks_marked ON ONLY "@schema@".log_chunks USING btree (log_id, first_line) WHERE (marks IS NOT NULL);
CREATE INDEX log_chunks_20270301_log_id_first_line_idx1 ON "@schema@".log_chunks_20270301 USING btree (log_id, first_line) WHERE (marks IS NOT NULL);
CREATE INDEX logs_by_build ON "@schema@".logs USING btree (build_id);
CREATE INDEX open_requests_by_builder ON "@schema@".open_requests USING btree (builder_id);
CREATE INDEX requests_by_builder ON "@schema@".requests USING btree (builder_id, id);
CREATE INDEX requests_by_buildset ON "@schema@".requests USING btree (buildset_id);
CREATE INDEX requests_by_time ON "@schema@".requests USING btree (submitted_at);
CREATE INDEX requests_open ON "@schema@".requests USING btree (id) WHERE (completed_at IS NULL);
CREATE INDEX sourcestamps_by_revision ON "@schema@".sourcestamps USING btree (revision);
CREATE INDEX timers_by_due ON "@schema@".timers USING btree (due_at);
CREATE INDEX tokens_by_user ON "@schema@".tokens USING btree (user_id, id);
ALTER INDEX "@schema@".audit_pkey ATTACH PARTITION "@schema@".audit_20261125_pkey;
ALTER INDEX "@schema@".audit_pkey ATTACH PARTITION "@schema@".audit_20261126_pkey;
ALTER INDEX "@schema@".events_by_number ATTACH PARTITION "@schema@".events_20261125_number_idx;
ALTER INDEX "@schema@".events_pkey ATTACH PARTITION "@schema@".events_20261125_pkey;
ALTER INDEX "@schema@".events_by_number ATTACH PARTITION "@schema@".events_20261126_number_idx;
ALTER INDEX "@schema@".events_pkey ATTACH PARTITION "@schema@".events_20261126_pkey;
ALTER INDEX "@schema@".log_chunks_by_line ATTACH PARTITION "@schema@".log_chunks_20270301_log_id_first_line_idx;
ALTER INDEX "@schema@".log_chunks_marked ATTACH PARTITION "@schema@".log_chunks_20270301_log_id_first_line_idx1;
ALTER INDEX "@schema@".log_chunks_pkey ATTACH PARTITION "@schema@".log_chunks_20270301_pkey;
ALTER INDEX "@schema@".raw_hooks_pkey ATTACH PARTITION "@schema@".raw_hooks_20261125_pkey;
ALTER INDEX "@schema@".raw_hooks_pkey ATTACH PARTITION "@schema@".raw_hooks_20261126_pkey;
ALTER TABLE ONLY "@schema@".branch_heads
    ADD CONSTRAINT branch_heads_source_id_fkey FOREIGN KEY (source_id) REFERENCES "@schema@".change_sources(id);
ALTER TABLE ONLY "@schema@".build_owners
    ADD CONSTRAINT build_owners_build_id_fkey FOREIGN KEY (build_id) REFERENCES "@schema@".builds(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".build_owners
    ADD CONSTRAINT build_owners_master_id_fkey FOREIGN KEY (master_id) REFERENCES "@schema@".masters(id);
ALTER TABLE ONLY "@schema@".build_owners
    ADD CONSTRAINT build_owners_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES "@schema@".workers(id);
ALTER TABLE ONLY "@schema@".build_plans
    ADD CONSTRAINT build_plans_build_id_fkey FOREIGN KEY (build_id) REFERENCES "@schema@".builds(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".build_properties
    ADD CONSTRAINT build_properties_build_id_fkey FOREIGN KEY (build_id) REFERENCES "@schema@".builds(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".build_stops
    ADD CONSTRAINT build_stops_build_id_fkey FOREIGN KEY (build_id) REFERENCES "@schema@".builds(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".builds
    ADD CONSTRAINT builds_builder_id_fkey FOREIGN KEY (builder_id) REFERENCES "@schema@".builders(id);
ALTER TABLE ONLY "@schema@".builds
    ADD CONSTRAINT builds_buildset_id_fkey FOREIGN KEY (buildset_id) REFERENCES "@schema@".buildsets(id);
ALTER TABLE ONLY "@schema@".builds
    ADD CONSTRAINT builds_config_revision_id_fkey FOREIGN KEY (config_revision_id) REFERENCES "@schema@".config_revisions(id);
ALTER TABLE ONLY "@schema@".builds
    ADD CONSTRAINT builds_master_id_fkey FOREIGN KEY (master_id) REFERENCES "@schema@".masters(id);
ALTER TABLE ONLY "@schema@".builds
    ADD CONSTRAINT builds_request_id_fkey FOREIGN KEY (request_id) REFERENCES "@schema@".requests(id);
ALTER TABLE ONLY "@schema@".builds
    ADD CONSTRAINT builds_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES "@schema@".workers(id);
ALTER TABLE ONLY "@schema@".buildset_changes
    ADD CONSTRAINT buildset_changes_buildset_id_fkey FOREIGN KEY (buildset_id) REFERENCES "@schema@".buildsets(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".buildset_changes
    ADD CONSTRAINT buildset_changes_change_id_fkey FOREIGN KEY (change_id) REFERENCES "@schema@".changes(id);
ALTER TABLE ONLY "@schema@".buildset_sourcestamps
    ADD CONSTRAINT buildset_sourcestamps_buildset_id_fkey FOREIGN KEY (buildset_id) REFERENCES "@schema@".buildsets(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".buildset_sourcestamps
    ADD CONSTRAINT buildset_sourcestamps_sourcestamp_id_fkey FOREIGN KEY (sourcestamp_id) REFERENCES "@schema@".sourcestamps(id);
ALTER TABLE ONLY "@schema@".buildsets
    ADD CONSTRAINT buildsets_config_revision_id_fkey FOREIGN KEY (config_revision_id) REFERENCES "@schema@".config_revisions(id);
ALTER TABLE ONLY "@schema@".change_work
    ADD CONSTRAINT change_work_change_id_fkey FOREIGN KEY (change_id) REFERENCES "@schema@".changes(id);
ALTER TABLE ONLY "@schema@".commands
    ADD CONSTRAINT commands_build_id_fkey FOREIGN KEY (build_id) REFERENCES "@schema@".builds(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".commands
    ADD CONSTRAINT commands_step_id_fkey FOREIGN KEY (step_id) REFERENCES "@schema@".steps(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".commands
    ADD CONSTRAINT commands_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES "@schema@".workers(id);
ALTER TABLE ONLY "@schema@".config_differences
    ADD CONSTRAINT config_differences_revision_id_fkey FOREIGN KEY (revision_id) REFERENCES "@schema@".config_revisions(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".config_in_force
    ADD CONSTRAINT config_in_force_revision_id_fkey FOREIGN KEY (revision_id) REFERENCES "@schema@".config_revisions(id);
ALTER TABLE ONLY "@schema@".config_revisions
    ADD CONSTRAINT config_revisions_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES "@schema@".config_revisions(id);
ALTER TABLE ONLY "@schema@".duties
    ADD CONSTRAINT duties_master_id_fkey FOREIGN KEY (master_id) REFERENCES "@schema@".masters(id);
ALTER TABLE ONLY "@schema@".firings
    ADD CONSTRAINT firings_scheduler_id_fkey FOREIGN KEY (scheduler_id) REFERENCES "@schema@".schedulers(id);
ALTER TABLE ONLY "@schema@".logs
    ADD CONSTRAINT logs_build_id_fkey FOREIGN KEY (build_id) REFERENCES "@schema@".builds(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".logs
    ADD CONSTRAINT logs_step_id_fkey FOREIGN KEY (step_id) REFERENCES "@schema@".steps(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".open_requests
    ADD CONSTRAINT open_requests_request_id_fkey FOREIGN KEY (request_id) REFERENCES "@schema@".requests(id);
ALTER TABLE ONLY "@schema@".requests
    ADD CONSTRAINT requests_builder_id_fkey FOREIGN KEY (builder_id) REFERENCES "@schema@".builders(id);
ALTER TABLE ONLY "@schema@".requests
    ADD CONSTRAINT requests_buildset_id_fkey FOREIGN KEY (buildset_id) REFERENCES "@schema@".buildsets(id);
ALTER TABLE ONLY "@schema@".requests
    ADD CONSTRAINT requests_claimed_by_fkey FOREIGN KEY (claimed_by) REFERENCES "@schema@".masters(id);
ALTER TABLE ONLY "@schema@".scheduler_changes
    ADD CONSTRAINT scheduler_changes_change_id_fkey FOREIGN KEY (change_id) REFERENCES "@schema@".changes(id);
ALTER TABLE ONLY "@schema@".scheduler_changes
    ADD CONSTRAINT scheduler_changes_scheduler_id_fkey FOREIGN KEY (scheduler_id) REFERENCES "@schema@".schedulers(id);
ALTER TABLE ONLY "@schema@".steps
    ADD CONSTRAINT steps_build_id_fkey FOREIGN KEY (build_id) REFERENCES "@schema@".builds(id) ON DELETE CASCADE;
ALTER TABLE ONLY "@schema@".tokens
    ADD CONSTRAINT tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES "@schema@".users(id);
ALTER TABLE ONLY "@schema@".worker_sessions
    ADD CONSTRAINT worker_sessions_master_id_fkey FOREIGN KEY (master_id) REFERENCES "@schema@".masters(id);
ALTER TABLE ONLY "@schema@".worker_sessions
    ADD CONSTRAINT worker_sessions_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES "@schema@".workers(id);
