-- Which versions of Weir the store serves, and work on old rows that goes on beside the masters.

CREATE TABLE store_versions (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    oldest text NOT NULL,                           -- the oldest version that may use the store; a step that takes something away raises it
    newest text NOT NULL                            -- the newest version that has brought the schema up
);
INSERT INTO store_versions (oldest, newest) VALUES ('0.1.0', '0.1.0');

-- What a version works out for rows of before, batch by batch: the place is moved in the batch's own transaction.
CREATE TABLE backfills (
    name text PRIMARY KEY,
    place text,                                     -- how far it has come; null: not begun
    rows_done bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL,
    moved_at timestamptz NOT NULL,
    done_at timestamptz,
    last_error text                                 -- why it stands still; null: it does not
);
