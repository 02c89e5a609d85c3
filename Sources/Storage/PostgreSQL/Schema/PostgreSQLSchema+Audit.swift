/// The audit log: partitions by month, and rules that let nobody change an entry.
extension PostgreSQLSchema {
    /// The number of an entry is the microsecond of its insertion and ten random bits, so that responders need no
    /// counter that all of them would wait for. Random identifiers alone collide at 10¹⁰ entries.
    ///
    /// The indexes are those of the lists: what a filter asks for, then the keys of the order.
    static let audit001 = [
        """
        CREATE TABLE audit_event (
            sequence BIGINT NOT NULL DEFAULT
                ((extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT << 10) | floor(random() * 1024)::BIGINT,
            id BIGINT NOT NULL,
            time BIGINT NOT NULL,
            kind TEXT COLLATE "C" NOT NULL,
            actor_id BIGINT,
            credential TEXT COLLATE "C" NOT NULL
                CHECK (credential IN ('none', 'command_line', 'api_token', 'session')),
            credential_id BIGINT,
            account_id BIGINT,
            target TEXT,
            organization_id BIGINT,
            address TEXT NOT NULL,
            request_id TEXT NOT NULL,
            details TEXT,
            PRIMARY KEY (time, sequence)
        ) PARTITION BY RANGE (time)
        """,
        "CREATE INDEX audit_event_organization ON audit_event (organization_id, time, sequence)",
        """
        CREATE INDEX audit_event_account ON audit_event (account_id, time, sequence) WHERE account_id IS NOT NULL
        """,
        "CREATE INDEX audit_event_actor ON audit_event (actor_id, time, sequence) WHERE actor_id IS NOT NULL",
        "CREATE INDEX audit_event_kind ON audit_event (kind, time, sequence)",
    ]

    /// Entries are only removed as the newest pruning entry allows, which is written first and stays. A role that only
    /// serves has no right to remove any: `prune_audit` does it with its owner's rights. So do `make_audit_month` and
    /// the trigger; their search path is fixed by `fixedSearchPath`, behind their making.
    static let auditRules001 =
        [
            """
            CREATE FUNCTION audit_pruning(OUT before BIGINT, OUT at BIGINT) LANGUAGE sql STABLE AS $$
                SELECT extract(epoch FROM CAST(CAST(details AS json) ->> 'before' AS timestamptz))::BIGINT, sequence
                FROM audit_event WHERE kind = 'audit.pruned' ORDER BY sequence DESC LIMIT 1
            $$
            """,
            """
            CREATE FUNCTION audit_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                pruning RECORD;
            BEGIN
                IF TG_OP = 'DELETE' THEN
                    SELECT * INTO pruning FROM audit_pruning();
                    IF OLD.time < pruning.before AND OLD.sequence < pruning.at THEN
                        RETURN OLD;
                    END IF;
                END IF;
                RAISE EXCEPTION 'the audit log is append-only: it can only be pruned'
                    USING ERRCODE = 'insufficient_privilege';
            END $$
            """,
            """
            CREATE TRIGGER audit_event_is_append_only BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW
            EXECUTE FUNCTION audit_event_is_append_only()
            """,
            """
            CREATE TRIGGER audit_event_is_never_emptied BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT
            EXECUTE FUNCTION audit_event_is_append_only()
            """,
        ] + [makeMonth001, monthEnd001, prune001]

    /// Makes the partition of the month of a moment. It is made beside the log and attached to it, which lets others
    /// read and write meanwhile; `CREATE TABLE … PARTITION OF` would wait for all of them.
    private static let makeMonth001 = """
        CREATE FUNCTION make_audit_month(moment BIGINT) RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER AS $$
        DECLARE
            first DATE;
            start BIGINT;
            beyond BIGINT;
            name TEXT;
        BEGIN
            IF moment NOT BETWEEN 0 AND 7258118399 THEN
                RAISE EXCEPTION 'the audit log has months of the years 1970 to 2199 only'
                    USING ERRCODE = 'datetime_field_overflow';
            END IF;
            first := date_trunc('month', to_timestamp(moment) AT TIME ZONE 'UTC')::DATE;
            start := extract(epoch FROM first)::BIGINT;
            beyond := extract(epoch FROM first + INTERVAL '1 month')::BIGINT;
            name := 'audit_event_' || to_char(first, 'YYYY_MM');
            PERFORM pg_advisory_xact_lock(\(PostgreSQLSchema.advisoryLock), hashtext(current_schema()));
            IF to_regclass(quote_ident(current_schema()) || '.' || name) IS NOT NULL THEN
                RETURN;
            END IF;
            EXECUTE format('CREATE TABLE %I (LIKE audit_event INCLUDING ALL)', name);
            EXECUTE format(
                'ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, start, beyond);
        END $$
        """

    /// The end of the month of a partition, which its name tells.
    private static let monthEnd001 = """
        CREATE FUNCTION audit_month_end(name TEXT) RETURNS BIGINT LANGUAGE sql STABLE STRICT AS $$
            SELECT extract(epoch FROM to_date(right(name, 7), 'YYYY_MM') + INTERVAL '1 month')::BIGINT
        $$
        """

    /// Removes what the newest pruning entry allows: whole months first, each with its table, then `most` entries.
    ///
    /// A month's table goes without a look at its rows' triggers, so its bounds are compared with the same moment.
    private static let prune001 = """
        CREATE FUNCTION prune_audit(wanted BIGINT, most BIGINT) RETURNS BIGINT LANGUAGE plpgsql SECURITY DEFINER AS $$
        DECLARE
            pruning RECORD;
            allowed BIGINT;
            month TEXT;
            removed BIGINT := 0;
            counted BIGINT;
            later BIGINT;
            months TEXT[] := '{}';
        BEGIN
            SELECT * INTO pruning FROM audit_pruning();
            allowed := least(pruning.before, wanted, extract(epoch FROM clock_timestamp())::BIGINT);
            IF pruning.before IS NULL OR wanted IS NULL THEN
                RETURN 0;
            END IF;
            FOR month IN
                SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
                WHERE inhparent = 'audit_event'::REGCLASS AND audit_month_end(relname) <= allowed ORDER BY relname
            LOOP
                -- What came to be after the pruning entry stays, as it would row by row.
                EXECUTE format('SELECT count(*), count(*) FILTER (WHERE sequence >= $1) FROM %I', month)
                    INTO counted, later USING pruning.at;
                CONTINUE WHEN later > 0;
                removed := removed + counted;
                months := months || month;
            END LOOP;
            FOREACH month IN ARRAY months LOOP
                EXECUTE format('DROP TABLE %I', month);
            END LOOP;
            DELETE FROM audit_event WHERE (time, sequence) IN (
                SELECT time, sequence FROM audit_event AS event
                WHERE event.time < least(pruning.before, wanted) AND event.sequence < pruning.at
                ORDER BY time, sequence LIMIT most);
            GET DIAGNOSTICS counted = ROW_COUNT;
            RETURN removed + counted;
        END $$
        """
}
