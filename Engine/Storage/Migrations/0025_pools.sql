-- Locks that triggered builds hold through the build that waits for them, and locks whose units have names.

-- The names of the locks of which the build that waits lets the others use what it holds.
ALTER TABLE triggers ADD COLUMN inherit text[] NOT NULL DEFAULT '{}';
-- The builds through which this is held, the nearest first: while one of them holds the lock (at the same place), this is a part of what it holds, and else counts by itself. A build that is lost
-- with its machine thus leaves nothing uncounted of those it has set off.
ALTER TABLE lock_claims ADD COLUMN through bigint[] NOT NULL DEFAULT '{}';

-- Name → labels; null: its units have no names.
ALTER TABLE locks ADD COLUMN pool jsonb;
-- What each of those that are wanted must have, and which were given.
ALTER TABLE lock_claims ADD COLUMN labels text[] NOT NULL DEFAULT '{}';
ALTER TABLE lock_claims ADD COLUMN names text[] NOT NULL DEFAULT '{}';
