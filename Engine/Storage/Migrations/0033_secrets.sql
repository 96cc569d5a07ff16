-- Secrets that the store keeps itself: written, never shown again.

CREATE TABLE secrets (
    name text PRIMARY KEY,
    sealed text NOT NULL,                       -- with the keys that protect sessions
    builders text[] NOT NULL DEFAULT '{}',      -- who may use it; both empty: all builders
    projects text[] NOT NULL DEFAULT '{}',
    set_at timestamptz NOT NULL,                -- when its value was set
    set_by text NOT NULL
);

-- Who has used a value: noted once, until there is another value.
CREATE TABLE secret_uses (
    secret text NOT NULL REFERENCES secrets ON DELETE CASCADE,
    used_by text NOT NULL,                      -- builder NAME, or webhook NAME
    first_used_at timestamptz NOT NULL,
    PRIMARY KEY (secret, used_by)
);
