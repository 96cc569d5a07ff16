-- A command's last piece is stored with what follows from it, in one transaction: nothing of that may be stored if the piece is not the next one of its command.
CREATE FUNCTION weir_moved(moved boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT moved THEN
        RAISE EXCEPTION 'the piece is not the next one of its command' USING ERRCODE = 'WE002';
    END IF;
END $$;
