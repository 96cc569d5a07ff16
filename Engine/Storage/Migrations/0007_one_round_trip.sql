-- The fence (invariant 3a) as a statement that fails: whatever stands behind it in the same batch is then not done either,
-- so that a whole transition of a build is one round trip.
CREATE FUNCTION weir_fence(build bigint, owner_epoch bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM build_owners WHERE build_id = build AND epoch = owner_epoch FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'build % is not owned under epoch %', build, owner_epoch USING ERRCODE = 'WE001';
    END IF;
END $$;
