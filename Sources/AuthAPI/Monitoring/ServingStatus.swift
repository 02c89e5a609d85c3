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

    /// Makes a status from its parts.
    public init(
        version: String, startedAt: Timestamp, server: ServerStatus?, process: Process = Process(),
        logLinesLost: Int = 0
    ) {
        self.version = version
        self.startedAt = startedAt
        self.server = server
        self.process = process
        self.logLinesLost = logLinesLost
    }
}
