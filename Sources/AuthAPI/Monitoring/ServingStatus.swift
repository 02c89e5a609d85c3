public import Identity

/// The process that serves the API, at one moment.
public struct ServingStatus: Sendable {
    /// The threads that answer requests, and the connections of the web server.
    public struct Server: Sendable {
        /// Threads that answer requests.
        public var threads: Int
        /// Requests that are being answered or read.
        public var inHand: Int
        /// Open connections without a request.
        public var idle: Int
        /// Connections whose request has come in part.
        public var incomplete: Int
        /// Connections taken since the start.
        public var accepted: Int

        /// Makes one from its parts.
        public init(threads: Int, inHand: Int, idle: Int, incomplete: Int, accepted: Int) {
            self.threads = threads
            self.inHand = inHand
            self.idle = idle
            self.incomplete = incomplete
            self.accepted = accepted
        }
    }

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

    /// The program's version.
    public var version: String
    /// The moment at which the process began to serve.
    public var startedAt: Timestamp
    /// Threads and connections; `nil` before they are there.
    public var server: Server?
    /// The resources of the process.
    public var process: Process
    /// Lines of the log that were lost since the start, because nothing read it.
    public var logLinesLost: Int

    /// Makes a status from its parts.
    public init(
        version: String, startedAt: Timestamp, server: Server?, process: Process = Process(), logLinesLost: Int = 0
    ) {
        self.version = version
        self.startedAt = startedAt
        self.server = server
        self.process = process
        self.logLinesLost = logLinesLost
    }
}
