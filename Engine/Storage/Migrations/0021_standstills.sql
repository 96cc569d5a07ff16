-- Builds that wait for one another for ever: there must be none, and where an engine finds some it says so here (invariant 7). A row goes when nobody finds it any more.
CREATE TABLE standstills (
    text text PRIMARY KEY,                          -- the circle, for people
    since timestamptz NOT NULL
);
