-- A token may carry fewer rights than its user, and can be taken back before it ends. Taken back ones stay: the list says when, and the record of who did what refers to them.
ALTER TABLE tokens
    ADD COLUMN scopes text[],                       -- the only rights it carries; null: all of its user's
    ADD COLUMN created_by text,                     -- null: its user
    ADD COLUMN revoked_at timestamptz,
    ADD COLUMN last_used_at timestamptz;            -- to the hour
CREATE INDEX tokens_by_user ON tokens (user_id, id);
