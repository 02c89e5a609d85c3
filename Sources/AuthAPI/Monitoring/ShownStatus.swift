import HTTP
import Identity
import JSON

/// The process at a moment, as `GET /status` shows it.
struct ShownStatus: Shaped {
    let serving: ServingStatus
    let hashing: HashingStatus

    static let shape = Shape<ShownStatus>("Status") {
        Member("version", "0.1.0") { $0.serving.version }
        Member("started_at", Example.moment) { $0.serving.startedAt }
        Member("workers", Workers.shape.example) { Workers(server: $0.serving.server) }
        Member("connections", Connections.shape.example) { Connections(server: $0.serving.server) }
        Member("hashing", Hashing.shape.example) { Hashing(status: $0.hashing) }
        Member(optional: "database", "Connections to PostgreSQL; not there where the database is a file.") {
            $0.serving.database
        }
    }

    struct Workers: Shaped {
        let server: ServerStatus?

        static let shape = Shape<Workers> {
            Member("threads", 50, "Threads that answer requests.") { $0.server?.threads ?? 0 }
            Member("in_hand", 1, "Requests being read or answered.") { $0.server?.inHand ?? 0 }
        }
    }

    struct Connections: Shaped {
        let server: ServerStatus?

        static let shape = Shape<Connections> {
            Member("idle", 16, "Without a request.") { $0.server?.idle ?? 0 }
            Member("incomplete", 0, "With a request that has come in part.") { $0.server?.incomplete ?? 0 }
            Member("accepted", 230, "Taken since the start.") { $0.server?.accepted ?? 0 }
        }
    }

    struct Hashing: Shaped {
        let status: HashingStatus

        static let shape = Shape<Hashing> {
            Member("slots", 2, "Hashes computed at once.") { $0.status.concurrency }
            Member("running", 2, "Being computed.") { $0.status.running }
            Member("line", 32, "The most that may wait.") { $0.status.queueLength }
            Member("waiting", 5, "Waiting.") { $0.status.waiting }
            Member("computed", 8120, "Since the start.") { $0.status.computed }
            Member("refused", 0, "Since the start, because too many were waiting.") { $0.status.refused }
        }
    }
}

extension ServingStatus.Database: Shaped {
    static let shape = Shape<ServingStatus.Database> {
        Member("writers", 8, "The most connections that write.") { $0.writers }
        Member("writing", 1, "Connections that a transaction is using.") { $0.writing }
        Member("waiting", 0, "Writes that wait for a connection.") { $0.waiting }
        Member("lookup_batches", 48210, "Statements that looked up credentials since the start.") { $0.lookupBatches }
        Member("lookups", 91544, "Lookups that they answered.") { $0.lookups }
        Member("retries", 2, "Transactions that ran once more since the start.") { $0.retries }
        Member("uncertain_commits", 0, "Commits since the start of which the server did not say if they happened.") {
            $0.uncertainCommits
        }
        Member("heartbeat_age_ms", 412, "Since the newest heartbeat that was acknowledged; null without a heartbeat.") {
            $0.heartbeatAge
        }
    }
}
