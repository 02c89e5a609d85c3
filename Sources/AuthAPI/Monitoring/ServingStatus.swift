public import HTTP
public import Identity

/// The process that serves the API, at one moment.
public struct ServingStatus: Sendable {
    /// The resources of the process. A figure that the system does not tell is `nil`.
    public struct Process: Sendable {
        /// Memory in use, in bytes.
        public var residentBytes: Int?
        /// Open descriptors.
        public var openDescriptors: Int?
        /// The most descriptors that may be open.
        public var descriptorLimit: Int?
        /// Processor time since the start, in milliseconds.
        public var processorMilliseconds: Int?

        /// Makes one without any figure.
        public init() {}
    }

    /// The connections to a PostgreSQL server, and the work that went over them since the start.
    public struct Database: Sendable {
        /// The most connections that write.
        public var writers: Int
        /// Connections that a transaction is using.
        public var writing: Int
        /// Writes that wait for a connection.
        public var waiting: Int
        /// Statements that looked up credentials. Lookups that waited together share one.
        public var lookupBatches: Int
        /// Lookups that these statements answered.
        public var lookups: Int
        /// Transactions that ran once more.
        public var retries: Int
        /// Commits of which the server did not say whether they happened.
        public var uncertainCommits: Int
        /// Milliseconds since the newest heartbeat that was acknowledged; `nil` without a heartbeat.
        public var heartbeatAge: Int?

        /// Makes one from its parts.
        public init(
            writers: Int, writing: Int, waiting: Int, lookupBatches: Int, lookups: Int, retries: Int,
            uncertainCommits: Int, heartbeatAge: Int?
        ) {
            self.writers = writers
            self.writing = writing
            self.waiting = waiting
            self.lookupBatches = lookupBatches
            self.lookups = lookups
            self.retries = retries
            self.uncertainCommits = uncertainCommits
            self.heartbeatAge = heartbeatAge
        }
    }

    /// The program's version.
    public var version: String
    /// The moment at which the process began to serve.
    public var startedAt: Timestamp
    /// Threads and connections; `nil` before they are there.
    public var server: ServerStatus?
    /// The resources of the process.
    public var process: Process
    /// Lines of the log that were lost since the start, because nothing read it.
    public var logLinesLost: Int
    /// The connections to a database server; `nil` if the database is a file.
    public var database: Database?

    /// Makes a status from its parts.
    public init(
        version: String, startedAt: Timestamp, server: ServerStatus?, process: Process = Process(),
        logLinesLost: Int = 0, database: Database? = nil
    ) {
        self.version = version
        self.startedAt = startedAt
        self.server = server
        self.process = process
        self.logLinesLost = logLinesLost
        self.database = database
    }
}
