-- Schedules by the clock, and webhooks that say who sent them and what came of them.

-- What a due time was worked out from (a period, or cron text and zone): another text means another due time, the same one keeps what is due.
ALTER TABLE timers ADD COLUMN rule text;
-- The due time that is meant while the row is put off after an error.
ALTER TABLE timers ADD COLUMN meant_at timestamptz;

-- When it was due; and what came of it where it made no buildset: nothing had changed, or it was missed.
ALTER TABLE firings ADD COLUMN due_at timestamptz;
ALTER TABLE firings ADD COLUMN outcome text;
CREATE INDEX firings_by_time ON firings (scheduler_id, fired_at DESC);

-- onlyIfChanged: since when, and by which filter, changes are noted for this scheduler. Of what was before it nothing is known.
ALTER TABLE schedulers ADD COLUMN watches_since timestamptz;
ALTER TABLE schedulers ADD COLUMN watches text;

-- Which change source a hook belongs to, what it is about, and the sender's number for it.
ALTER TABLE raw_hooks ADD COLUMN source text;
ALTER TABLE raw_hooks ADD COLUMN event text;
ALTER TABLE raw_hooks ADD COLUMN delivery text;
-- false: this master did not know the secret; who reads it checks the signature first.
ALTER TABLE raw_hooks ADD COLUMN verified boolean NOT NULL DEFAULT true;

-- Hooks that were turned away: counted, never kept, so that nobody fills the store by knocking.
CREATE TABLE hook_refusals (
    source text NOT NULL,
    reason text NOT NULL,
    day date NOT NULL,
    count bigint NOT NULL DEFAULT 1,
    last_at timestamptz NOT NULL,
    last_address text,
    PRIMARY KEY (source, reason, day)
);
