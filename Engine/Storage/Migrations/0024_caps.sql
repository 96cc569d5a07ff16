-- Caps of projects, and the unit that a build lends which waits for what it has set off.

-- Whether a build that waits for what it has set off has something running below it, of this project: then the two count as one.
CREATE FUNCTION weir_lends_cap(waiting bigint, its_project text) RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH RECURSIVE below AS (
        SELECT c.id, c.builder_id FROM triggers t JOIN builds c ON c.buildset_id = t.buildset_id AND c.completed_at IS NULL WHERE t.build_id = weir_lends_cap.waiting AND t.waiting
        UNION
        SELECT c.id, c.builder_id FROM below JOIN triggers t ON t.build_id = below.id AND t.waiting JOIN builds c ON c.buildset_id = t.buildset_id AND c.completed_at IS NULL)
    SELECT EXISTS (SELECT FROM below JOIN builders of ON of.id = below.builder_id WHERE of.project = its_project)
$$;

-- The build whose unit of the project's cap a request of this buildset may have: the nearest of that project which waits for it, directly or through others, and has not lent it yet.
CREATE FUNCTION weir_cap_lender(its_buildset bigint, its_project text) RETURNS bigint LANGUAGE sql STABLE AS $$
    WITH RECURSIVE above AS (
        SELECT t.build_id, 1 AS depth FROM triggers t JOIN build_owners o USING (build_id) WHERE t.buildset_id = its_buildset AND t.waiting
        UNION ALL
        SELECT t.build_id, above.depth + 1 FROM above JOIN builds b ON b.id = above.build_id JOIN triggers t ON t.buildset_id = b.buildset_id AND t.waiting JOIN build_owners o ON o.build_id = t.build_id),
    nearest AS (SELECT above.build_id FROM above JOIN builds b ON b.id = above.build_id JOIN builders of ON of.id = b.builder_id WHERE of.project = its_project ORDER BY above.depth LIMIT 1)
    SELECT build_id FROM nearest WHERE NOT weir_lends_cap(build_id, its_project)
$$;
