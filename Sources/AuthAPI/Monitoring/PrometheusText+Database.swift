extension PrometheusText {
    /// Writes the connections to a PostgreSQL server. An installation whose database is a file has none of these
    /// figures.
    mutating func write(_ database: ServingStatus.Database) {
        figure("postern_postgresql_writers", .gauge, "The most connections that write.", database.writers)
        figure(
            "postern_postgresql_writing", .gauge, "Connections that a transaction is using.", database.writing)
        figure("postern_postgresql_waiting", .gauge, "Writes that wait for a connection.", database.waiting)
        figure(
            "postern_postgresql_lookup_batches_total", .counter,
            "Statements that looked up credentials. Lookups that waited together share one.", database.lookupBatches)
        figure("postern_postgresql_lookups_total", .counter, "Lookups of credentials.", database.lookups)
        figure("postern_postgresql_retries_total", .counter, "Transactions that ran once more.", database.retries)
        figure(
            "postern_postgresql_uncertain_commits_total", .counter,
            "Commits of which the server did not say whether they happened.", database.uncertainCommits)
        guard let age = database.heartbeatAge else { return }
        let name = "postern_postgresql_heartbeat_age_seconds"
        family(name, .gauge, "Time since the newest heartbeat that the server acknowledged.")
        sample(name, [:], Self.seconds(nanoseconds: age * 1_000_000))
    }
}
