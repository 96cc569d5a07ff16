-- Mails that masters send, and of which broken part its owners were told.

-- One row for each recipient: what one of them cannot get, the others get once all the same. Written in the transaction of the cause.
CREATE TABLE mails (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    about text NOT NULL,                            -- part NAME
    recipient text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,            -- the number of the last one fences who made it
    next_at timestamptz NOT NULL,                   -- when it is tried next; while somebody tries: when others may again
    last_error text,
    sent_at timestamptz,
    given_up_at timestamptz                         -- it was tried for so long that nobody wants it any more
);
CREATE INDEX mails_open ON mails (next_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX mails_about ON mails (about, id);

-- An engine of an earlier release leaves this as it was: like only_builders it means something only while limits_incarnation is the incarnation.
ALTER TABLE masters ADD COLUMN sends_mail boolean NOT NULL DEFAULT false;

ALTER TABLE config_sources
    ADD COLUMN pending_author text,                 -- the address of whoever made the commit that is not good
    ADD COLUMN told text,                           -- what the owners were told is wrong; null: nothing, or that it is good again
    ADD COLUMN told_to text[] NOT NULL DEFAULT '{}';
