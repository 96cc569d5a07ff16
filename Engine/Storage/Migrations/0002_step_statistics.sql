-- Numbers that a step counted: attempts, warnings-count.
ALTER TABLE steps ADD COLUMN statistics jsonb NOT NULL DEFAULT '{}';
