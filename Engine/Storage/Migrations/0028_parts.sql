-- Parts that teams keep in repositories: the address, so that a change that comes in for it has the part looked at.
ALTER TABLE config_sources ADD COLUMN repository text;
