import HTTP
import Identity

extension PrometheusText {
    /// Writes the counters of requests and errors.
    mutating func write(_ metrics: Metrics) {
        let routes = metrics.routes + [metrics.authorizer, metrics.other]
        family("postern_http_requests_total", .counter, "Requests answered.")
        for route in routes {
            for (status, count) in route.answersByStatus {
                sample(
                    "postern_http_requests_total",
                    ["method": route.method, "route": route.route, "status": "\(status)"], "\(count)")
            }
        }
        family("postern_http_request_duration_seconds", .histogram, "Time from a request's arrival to its answer.")
        for route in routes { writeTimes(of: route) }
        family("postern_problems_total", .counter, "Error answers, by their code.")
        for (code, counter) in metrics.problems {
            sample("postern_problems_total", ["code": code.rawValue], "\(counter.value)")
        }
        family("postern_logins_total", .counter, "Logins, by how they ended.")
        sample("postern_logins_total", ["result": "succeeded"], "\(metrics.loginsSucceeded.value)")
        for (code, counter) in metrics.loginsRefused {
            sample("postern_logins_total", ["result": code.rawValue], "\(counter.value)")
        }
        sample("postern_logins_total", ["result": "other"], "\(metrics.loginsFailedOtherwise.value)")
        writeMethods(of: metrics)
        family(
            "postern_store_errors_total", .counter,
            "Errors of the store, in requests and in housekeeping, by their kind.")
        for (kind, counter) in metrics.storeErrors {
            sample("postern_store_errors_total", ["kind": "\(kind)"], "\(counter.value)")
        }
    }

    private mutating func writeMethods(of metrics: Metrics) {
        family("postern_logins_by_method_total", .counter, "Logins that succeeded, by the last method proved.")
        for (method, counter) in metrics.loginsByMethod {
            sample("postern_logins_by_method_total", ["method": method], "\(counter.value)")
        }
        family("postern_second_factor_failures_total", .counter, "Wrong answers for a second factor, by its method.")
        for (method, counter) in metrics.secondFactorFailures {
            sample("postern_second_factor_failures_total", ["method": method.rawValue], "\(counter.value)")
        }
    }

    private mutating func writeTimes(of route: RouteCounters) {
        let (upToBound, count, nanoseconds) = route.histogram
        guard count > 0 else { return }
        let name = "postern_http_request_duration_seconds"
        for (bound, sum) in zip(RouteCounters.bounds, upToBound) {
            sample(
                "\(name)_bucket", ["method": route.method, "route": route.route, "le": bound.label], "\(sum)")
        }
        sample("\(name)_bucket", ["method": route.method, "route": route.route, "le": "+Inf"], "\(count)")
        sample(
            "\(name)_sum", ["method": route.method, "route": route.route], Self.seconds(nanoseconds: nanoseconds))
        sample("\(name)_count", ["method": route.method, "route": route.route], "\(count)")
    }

    /// Writes the state of password hashing.
    mutating func write(_ status: HashingStatus) {
        figure("postern_hash_slots", .gauge, "Passwords hashed at once.", status.concurrency)
        figure("postern_hash_line", .gauge, "Hashes that may wait.", status.queueLength)
        figure("postern_hash_running", .gauge, "Hashes being computed.", status.running)
        figure("postern_hash_waiting", .gauge, "Hashes that wait.", status.waiting)
        figure("postern_hash_computed_total", .counter, "Hashes computed.", status.computed)
        figure("postern_hash_refused_total", .counter, "Hashes refused because the line was full.", status.refused)
    }

    /// Writes the figures of commits.
    mutating func write(_ commits: CommitFigures) {
        let name = "postern_store_commit_duration_seconds"
        family(name, .summary, "Time for which a commit to the store waited for the disk.")
        sample("\(name)_sum", [:], Self.seconds(nanoseconds: commits.nanoseconds))
        sample("\(name)_count", [:], "\(commits.count)")
    }

    /// Writes the figures that the store has to be asked for.
    ///
    /// - Parameter hasBackups: whether `postern backup` makes backups of it: a database server has tools of its own,
    ///   and a figure that stays 0 would be an alert.
    mutating func write(_ metrics: Metrics, _ store: any IdentityStore, hasBackups: Bool) throws(StoreError) {
        figure("postern_sessions", .gauge, "Sessions in the store.", try metrics.sessions(in: store))
        guard hasBackups else { return }
        let lastBackup = try store.lastBackup()
        figure(
            "postern_last_backup_timestamp_seconds", .gauge,
            "When postern backup succeeded last, in seconds since 1970; 0 for never.",
            Int(lastBackup?.secondsSince1970 ?? 0))
    }

    /// Writes the state of the process.
    mutating func write(_ status: ServingStatus) {
        if let server = status.server {
            figure("postern_worker_threads", .gauge, "Threads that answer requests.", server.threads)
            figure("postern_requests_in_hand", .gauge, "Requests being read or answered.", server.inHand)
            family("postern_connections", .gauge, "Connections of the web server that no request is answered on.")
            sample("postern_connections", ["state": "idle"], "\(server.idle)")
            sample("postern_connections", ["state": "incomplete"], "\(server.incomplete)")
            figure("postern_connections_accepted_total", .counter, "Connections taken.", server.accepted)
        }
        figure(
            "postern_log_lines_dropped_total", .counter, "Log lines lost because nobody read the log.",
            status.logLinesLost)
        family("postern_build_info", .gauge, "The program's version, as a label.")
        sample("postern_build_info", ["version": status.version], "1")
        figure(
            "process_start_time_seconds", .gauge, "When the process began to serve, in seconds since 1970.",
            Int(status.startedAt.secondsSince1970))
        if let database = status.database { write(database) }
        write(status.process)
    }

    private mutating func write(_ process: ServingStatus.Process) {
        if let bytes = process.residentBytes {
            figure("process_resident_memory_bytes", .gauge, "Memory in use.", bytes)
        }
        if let count = process.openDescriptors {
            figure("process_open_fds", .gauge, "Open descriptors.", count)
        }
        if let count = process.descriptorLimit {
            figure("process_max_fds", .gauge, "The most descriptors that may be open.", count)
        }
        if let milliseconds = process.processorMilliseconds {
            family("process_cpu_seconds_total", .counter, "Processor time.")
            sample("process_cpu_seconds_total", [:], Self.seconds(nanoseconds: milliseconds * 1_000_000))
        }
    }
}

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
