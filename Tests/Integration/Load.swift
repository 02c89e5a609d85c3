import Foundation
import Glibc

/// Load on a deployment by wrk, through nginx: GET, and POST, which nginx never repeats.
final class Load {
    /// The outcomes of the requests.
    struct Result {
        /// Requests answered with a status below 400.
        let answered: Int
        /// Every other: a connection that failed, a status of 400 or more, or no answer in time.
        let failed: Int
        /// All that wrk said.
        let text: String
    }

    private let process = Process()
    private let output: String

    /// Starts the load.
    ///
    /// - Parameters:
    ///   - connections: how many requests there are at once.
    ///   - isPaced: whether some connections are idle at any time, and there are logins, which busy processors would
    ///     leave no time for.
    init(_ deployment: Deployment, connections: Int = 16, isPaced: Bool = true) throws {
        output = deployment.folder.path("wrk.out")
        let script = deployment.folder.path("wrk.lua")
        try Self.script(token: deployment.token, isPaced: isPaced).write(
            toFile: script, atomically: true, encoding: .utf8)
        try Data().write(to: URL(fileURLWithPath: output))
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = process.standardOutput
        process.standardInput = FileHandle.nullDevice
        // A thread of Dispatch, which this may be, has all signals blocked, and a new process inherits that.
        let unblock =
            "import os, signal, sys; signal.pthread_sigmask(signal.SIG_SETMASK, []); "
            + "os.execvp(sys.argv[1], sys.argv[1:])"
        try start(
            process, "python3",
            [
                "-c", unblock, "wrk", "--threads", "2", "--connections", String(connections), "--duration", "3600",
                "--timeout", "20",
                "--script", script, deployment.base,
            ], [:])
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Ends the load.
    func stop() throws -> Result {
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        let text = try String(contentsOfFile: output, encoding: .utf8)
        guard let counts = text.firstMatch(of: /answered (\d+), failed (\d+)/), let answered = Int(counts.1),
            let failed = Int(counts.2)
        else { throw Deployment.Failure(what: "wrk: \(text)") }
        return Result(answered: answered - failed, failed: failed, text: text)
    }

    private static func script(token: String, isPaced: Bool) -> String {
        let login = Deployment.registration("owner@example.test", password: Deployment.ownerPassword)
        return """
            local headers = {["Authorization"] = "Bearer \(token)", ["Content-Type"] = "application/json"}
            local count = 0
            \(isPaced ? "delay = function() return math.random(0, 20) end" : "")
            request = function()
                count = count + 1
                if \(isPaced) and count % 500 == 250 then
                    return wrk.format("POST", "/api/v1/auth/login", headers, [[\(login)]])
                elseif count % 2 == 0 then
                    return wrk.format("POST", "/api/v1/auth/logout", headers, "")
                else
                    return wrk.format("GET", "/api/v1/health/ready", headers)
                end
            end
            done = function(summary)
                local e = summary.errors
                io.write(string.format(
                    "answered %d, failed %d (connect %d, read %d, write %d, status %d, timeout %d)\\n",
                    summary.requests, e.connect + e.read + e.write + e.status + e.timeout,
                    e.connect, e.read, e.write, e.status, e.timeout))
            end
            """
    }
}
