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
        // Pruning asks whether a month has an entry that was added since: a BRIN costs an insertion next to nothing.
        "CREATE INDEX audit_event_sequence ON audit_event USING brin (sequence)",
    ]

    /// Entries are only removed as the newest pruning entry allows, which is written first and stays. A role that only
    /// serves has no right to remove any: `prune_audit` does it with its owner's rights. So does `make_audit_month`.
    /// The search path of all functions is fixed by `fixedSearchPaths`, behind their making. It may be `public`, where
    /// others may make functions: so an argument is cast to the very type that a function or an operator has, and what
    /// takes any is named with its schema, or another's closer match would run with the owner's rights.
    ///
    /// An entry gets its place within a minute of the server's clock, unless the owner adds it, as a copy does. With a
    /// place of its choice a role could allow a removal by an entry that no list shows, since lists end at the present,
    /// and that stays the newest for ever. An entry from the future allows nothing.
    static let auditRules001 =
        [
            """
            CREATE FUNCTION audit_pruning(OUT before BIGINT, OUT at BIGINT) LANGUAGE sql STABLE AS $$
                SELECT CAST(extract(epoch FROM
                    CAST(CAST(details AS JSON) ->> CAST('before' AS TEXT) AS TIMESTAMPTZ)) AS BIGINT), sequence
                FROM audit_event
                WHERE kind = 'audit.pruned'
                    AND sequence >> 10 <= CAST(extract(epoch FROM clock_timestamp()) * 1000000.0 AS BIGINT)
                ORDER BY sequence DESC LIMIT 1
            $$
            """,
            """
            CREATE FUNCTION audit_event_is_of_the_present() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                present BIGINT := CAST(extract(epoch FROM clock_timestamp()) * 1000000.0 AS BIGINT);
            BEGIN
                IF abs((NEW.sequence >> 10) - present) > 60000000 AND NOT pg_has_role(
                    current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), CAST('USAGE' AS TEXT))
                THEN
                    RAISE EXCEPTION 'an entry of the audit log has its place by the clock of the server'
                        USING ERRCODE = 'insufficient_privilege';
                END IF;
                RETURN NEW;
            END $$
            """,
            """
            CREATE TRIGGER audit_event_is_of_the_present BEFORE INSERT ON audit_event FOR EACH ROW
            EXECUTE FUNCTION audit_event_is_of_the_present()
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
    ///
    /// A role that is not the owner can't make so many that the lists of all get slow. It makes three months ahead,
    /// as heartbeats need two, and those of the last 13 months. An older one, of an entry by a clock that is fixed or
    /// has lost its time, it makes while there are fewer than 120, ten years: a login fails if its entry has no
    /// month.
    private static let makeMonth001 = """
        CREATE FUNCTION make_audit_month(moment BIGINT) RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER AS $$
        DECLARE
            first TIMESTAMP;
            present TIMESTAMP := date_trunc(CAST('month' AS TEXT), clock_timestamp() AT TIME ZONE CAST('UTC' AS TEXT));
            start BIGINT;
            beyond BIGINT;
            name TEXT;
            owner OID;
        BEGIN
            IF moment NOT BETWEEN 0 AND 7258118399 THEN
                RAISE EXCEPTION 'the audit log has months of the years 1970 to 2199 only'
                    USING ERRCODE = 'datetime_field_overflow';
            END IF;
            first := date_trunc(
                CAST('month' AS TEXT), to_timestamp(CAST(moment AS DOUBLE PRECISION)) AT TIME ZONE CAST('UTC' AS TEXT));
            start := CAST(extract(epoch FROM first) AS BIGINT);
            beyond := CAST(extract(epoch FROM first + INTERVAL '1 month') AS BIGINT);
            name := CAST('audit_event_' AS TEXT) || to_char(first, CAST('YYYY_MM' AS TEXT));
            PERFORM pg_advisory_xact_lock(
                \(PostgreSQLSchema.advisoryLock), hashtext(CAST(current_schema() AS TEXT)));
            IF to_regclass(pg_catalog.format('%I.%I', current_schema(), name)) IS NOT NULL THEN
                RETURN;
            END IF;
            SELECT relowner INTO owner FROM pg_class WHERE oid = CAST(CAST('audit_event' AS REGCLASS) AS OID);
            IF NOT pg_has_role(session_user, owner, CAST('USAGE' AS TEXT)) AND (
                first > present + INTERVAL '3 months'
                OR first < present - INTERVAL '13 months' AND 120 <= (
                    SELECT count(*) FROM pg_inherits
                    WHERE inhparent = CAST(CAST('audit_event' AS REGCLASS) AS OID)))
            THEN
                RAISE EXCEPTION 'only the owner of the audit log makes its months of another time'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            EXECUTE pg_catalog.format('CREATE TABLE %I (LIKE audit_event INCLUDING ALL)', name);
            EXECUTE pg_catalog.format(
                'ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, start, beyond);
        END $$
        """

    /// The end of the month of a partition, which its name tells.
    private static let monthEnd001 = """
        CREATE FUNCTION audit_month_end(name TEXT) RETURNS BIGINT LANGUAGE sql STABLE STRICT AS $$
            SELECT CAST(extract(epoch FROM
                to_date(right(name, 7), CAST('YYYY_MM' AS TEXT)) + INTERVAL '1 month') AS BIGINT)
        $$
        """

    /// Removes some of what the newest pruning entry allows, and returns their number: a whole month with its table or,
    /// if there is none, `most` entries. So nobody who logs in waits for the removal of rows behind the lock that
    /// the removal of a table takes, and for that lock itself 200 ms at most: if others hold it, nothing is removed,
    /// and the next round tries again. One process at a time removes, by the lock that `SQLLock.audit` takes.
    ///
    /// A month's table goes without a look at its rows' triggers, so its bounds are compared with the same moment. The
    /// number of its entries is the planner's estimate if there are more than 10,000: counting 10⁸ takes longer
    /// than a statement may.
    private static let prune001 = """
        CREATE FUNCTION prune_audit(wanted BIGINT, most BIGINT) RETURNS BIGINT LANGUAGE plpgsql SECURITY DEFINER AS $$
        DECLARE
            pruning RECORD;
            allowed BIGINT;
            month TEXT;
            removed BIGINT;
            remains BOOLEAN;
            goes BOOLEAN := FALSE;
        BEGIN
            IF NOT pg_try_advisory_xact_lock(
                \(PostgreSQLSchema.advisoryLock),
                hashtext(CAST(current_schema() AS TEXT) || CAST('.audit' AS TEXT)))
            THEN
                RETURN 0;
            END IF;
            SELECT * INTO pruning FROM audit_pruning();
            IF pruning.before IS NULL OR wanted IS NULL THEN
                RETURN 0;
            END IF;
            allowed := least(pruning.before, wanted, CAST(extract(epoch FROM clock_timestamp()) AS BIGINT));
            FOR month IN
                SELECT CAST(relname AS TEXT) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
                WHERE inhparent = CAST(CAST('audit_event' AS REGCLASS) AS OID)
                    AND audit_month_end(CAST(relname AS TEXT)) <= allowed
                ORDER BY 1
            LOOP
                -- What came to be after the pruning entry stays, as it would row by row.
                EXECUTE pg_catalog.format('SELECT EXISTS (SELECT 1 FROM %I WHERE sequence >= $1)', month)
                    INTO remains USING pruning.at;
                CONTINUE WHEN remains;
                EXECUTE pg_catalog.format('SELECT count(*) FROM (SELECT 1 FROM %I LIMIT 10001) AS few', month)
                    INTO removed;
                IF removed > 10000 THEN
                    SELECT greatest(removed, CAST(reltuples AS BIGINT)) INTO removed FROM pg_class
                    WHERE oid = CAST(to_regclass(pg_catalog.format('%I.%I', current_schema(), month)) AS OID);
                END IF;
                PERFORM set_config(CAST('lock_timeout' AS TEXT), CAST('200ms' AS TEXT), TRUE);
                BEGIN
                    EXECUTE pg_catalog.format('DROP TABLE %I', month);
                EXCEPTION WHEN lock_not_available THEN
                    RETURN 0;
                END;
                goes := TRUE;
                EXIT WHEN removed > 0;
            END LOOP;
            IF goes THEN
                RETURN removed;
            END IF;
            DELETE FROM audit_event WHERE (time, sequence) IN (
                SELECT time, sequence FROM audit_event AS event
                WHERE event.time < allowed AND event.sequence < pruning.at
                ORDER BY time, sequence LIMIT most);
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN removed;
        END $$
        """
}
