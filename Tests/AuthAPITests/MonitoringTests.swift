import AuthAPI
import Foundation
import HTTP
import HTTPTypes
import Identity
import Storage
import TestSupport
import Testing

struct MonitoringTests {
    let installation: TestInstallation

    init() throws {
        installation = try TestInstallation(
            throttle: ThrottlePolicy(),
            metrics: Metrics {
                var process = ServingStatus.Process()
                process.residentBytes = 4096
                process.processorMilliseconds = 1234
                return ServingStatus(
                    version: "9.8.7", startedAt: Timestamp(secondsSince1970: 1_770_559_965),
                    server: ServerStatus(threads: 5, inHand: 1, idle: 2, incomplete: 3, accepted: 4), process: process)
            })
    }

    /// The figures of a scrape, by name and labels.
    private func scrape() -> [String: String] {
        let answer = installation.call("GET", "/metrics")
        #expect(answer.status == 200)
        #expect(answer.fields[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = answer.body.split(separator: "\n").filter { !$0.hasPrefix("#") }
        return Dictionary(
            lines.compactMap { line in
                line.lastIndex(of: " ").map { (String(line[..<$0]), String(line[$0...].dropFirst())) }
            }, uniquingKeysWith: { first, _ in "twice: \(first)" })
    }

    @Test func `requests are counted by route and status, whatever their path's parameter`() {
        for id in ["acct_0000000000000000", "acct_0000000000000001"] {
            _ = installation.call("GET", "/account/\(id)", token: installation.adminToken)
        }
        _ = installation.call("HEAD", "/health/live")
        _ = installation.call("GET", "/nowhere/to/be/found")
        _ = installation.call("PATCH", "/auth/login")
        _ = installation.call("GET", "/", variables: ["REQUEST_METHOD": "bad method"])
        let figures = scrape()
        let requests = "postern_http_requests_total"
        #expect(figures["\(requests){method=\"GET\",route=\"/account/{id}\",status=\"404\"}"] == "2")
        #expect(figures["\(requests){method=\"GET\",route=\"/health/live\",status=\"200\"}"] == "1")
        #expect(figures["\(requests){method=\"any\",route=\"other\",status=\"404\"}"] == "1")
        #expect(figures["\(requests){method=\"any\",route=\"other\",status=\"405\"}"] == "1")
        #expect(figures["\(requests){method=\"any\",route=\"other\",status=\"400\"}"] == "1")
        #expect(!figures.keys.contains { $0.contains("acct_") || $0.contains("nowhere") })
        #expect(figures["postern_problems_total{code=\"not_found\"}"] == "3")
        #expect(figures["postern_problems_total{code=\"internal\"}"] == "0")
    }

    @Test func `the histogram of a route adds up`() {
        for _ in 0..<3 { _ = installation.call("GET", "/auth/verify", token: installation.adminToken) }
        let figures = scrape()
        let name = "postern_http_request_duration_seconds"
        let labels = "method=\"GET\",route=\"/auth/verify\""
        #expect(figures["\(name)_count{\(labels)}"] == "3")
        #expect(figures["\(name)_bucket{\(labels),le=\"+Inf\"}"] == "3")
        #expect(figures["\(name)_bucket{\(labels),le=\"10\"}"] == "3")
        let sum = figures["\(name)_sum{\(labels)}"].flatMap(Double.init) ?? -1
        #expect(sum > 0 && sum < 30)
        let first = figures["\(name)_bucket{\(labels),le=\"0.0001\"}"].flatMap { Int($0) } ?? -1
        #expect((0...3).contains(first))
    }

    @Test func `logins are counted by how they end`() throws {
        let email = "sasha@example.test"
        try installation.addAccount(email)
        #expect(installation.login(email, "correct horse battery").status == 200)
        for _ in 0..<8 {
            _ = installation.login(email, "wrong horse battery", fields: ["X-Client-Address": "192.0.2.1"])
        }
        _ = installation.post("/auth/login", "{}")
        let figures = scrape()
        let wrong = figures["postern_logins_total{result=\"invalid_credentials\"}"].flatMap { Int($0) } ?? 0
        let throttled = figures["postern_logins_total{result=\"too_many_attempts\"}"].flatMap { Int($0) } ?? 0
        #expect(figures["postern_logins_total{result=\"succeeded\"}"] == "1")
        #expect(wrong > 0 && throttled > 0 && wrong + throttled == 8)
        #expect(figures["postern_logins_total{result=\"other\"}"] == "1")
        #expect(figures["postern_sessions"] == "1")
        #expect(figures["postern_hash_computed_total"].flatMap { Int($0) } ?? 0 > wrong)
    }

    @Test func `logins are counted by their last method, and wrong second factors by theirs`() throws {
        let email = "ann@example.test"
        let ann = try installation.addAccount(email, password: Person.password)
        #expect(installation.login(email, Person.password).status == 200)
        let totp = try installation.addTOTP(to: ann)
        let token = try installation.firstStep(email)
        #expect(installation.finish(token, "totp", try installation.wrongCode(of: totp)).status == 401)
        #expect(installation.finish(token, "totp", try installation.code(of: totp)).status == 200)
        #expect(installation.finish(token, "totp", "123456").code == "login_expired")
        let figures = scrape()
        #expect(figures["postern_logins_total{result=\"succeeded\"}"] == "2")
        #expect(figures["postern_logins_total{result=\"invalid_credentials\"}"] == "1")
        #expect(figures["postern_logins_total{result=\"login_expired\"}"] == "1")
        #expect(figures["postern_logins_total{result=\"other\"}"] == "0")
        #expect(figures["postern_logins_by_method_total{method=\"password\"}"] == "1")
        #expect(figures["postern_logins_by_method_total{method=\"totp\"}"] == "1")
        #expect(figures["postern_logins_by_method_total{method=\"passkey\"}"] == "0")
        #expect(figures["postern_second_factor_failures_total{method=\"totp\"}"] == "1")
        #expect(figures["postern_second_factor_failures_total{method=\"recovery_code\"}"] == "0")
    }

    @Test func `wrong second factors of confirmations are counted too`() throws {
        let ann = try installation.person("ann")
        let totp = try installation.addTOTP(to: ann.account)
        _ = try installation.addRecoveryCodes(to: ann.account)
        for (method, code) in [("totp", try installation.wrongCode(of: totp)), ("recovery_code", "AAAAA-AAAAA")] {
            let body = #"{"method":"\#(method)","code":"\#(code)"}"#
            #expect(installation.call("POST", "/auth/confirm", body, token: ann.session).status == 401)
        }
        let figures = scrape()
        #expect(figures["postern_second_factor_failures_total{method=\"totp\"}"] == "1")
        #expect(figures["postern_second_factor_failures_total{method=\"recovery_code\"}"] == "1")
        #expect(figures["postern_second_factor_failures_total{method=\"passkey\"}"] == "0")
        #expect(figures["postern_logins_total{result=\"invalid_credentials\"}"] == "0")
        #expect(
            figures["postern_http_requests_total{method=\"POST\",route=\"/auth/confirm\",status=\"401\"}"] == "2")
    }

    @Test(.only(on: .sqlite, "a server of PostgreSQL is backed up by its own programs, which note nothing here"))
    func `the last backup and the commits are told`() throws {
        var figures = scrape()
        let (count, sum) = ("postern_store_commit_duration_seconds_count", "postern_store_commit_duration_seconds_sum")
        #expect(figures["postern_last_backup_timestamp_seconds"] == "0")
        let before = figures[count].flatMap { Int($0) } ?? 0
        #expect(before > 0 && figures[sum].flatMap(Double.init) ?? 0 > 0)
        try installation.addAccount("ann@example.test")
        let path = try #require(installation.store as? SQLiteStore).path
        try SQLiteStore.noteBackup(of: path, at: installation.clock.now)
        figures = scrape()
        #expect(figures["postern_last_backup_timestamp_seconds"] == "1770559965")
        #expect(figures[count].flatMap { Int($0) } == before + 1)
        try SQLiteStore.noteBackup(of: path, at: installation.clock.now + 60)
        #expect(scrape()["postern_last_backup_timestamp_seconds"] == "1770560025")
    }

    @Test func `what fails in the store is counted, and the other figures are told all the same`() throws {
        try installation.execute("ALTER TABLE session RENAME TO gone")
        #expect(installation.call("GET", "/account/session", token: "pss_x").status == 401)
        // PostgreSQL says that the table is missing, a fault of the database; SQLite only that the text is wrong.
        let (status, kind, code) =
            installation.store is SQLiteStore ? (500, "unexpected", "internal") : (503, "unusable", "unavailable")
        #expect(installation.login(TestInstallation.ownerEmail, TestInstallation.ownerPassword).status == status)
        let figures = scrape()
        #expect(figures["postern_store_errors_total{kind=\"\(kind)\"}"] == "1")
        #expect(figures["postern_problems_total{code=\"\(code)\"}"] == "1")
        #expect(figures["postern_sessions"] == nil)
        #expect(scrape()["postern_store_errors_total{kind=\"\(kind)\"}"] == "2")
    }

    @Test func `threads, connections and the process are told as they are`() {
        let figures = scrape()
        #expect(figures["postern_worker_threads"] == "5")
        #expect(figures["postern_connections{state=\"incomplete\"}"] == "3")
        #expect(figures["postern_connections_accepted_total"] == "4")
        #expect(figures["postern_hash_slots"] == "2")
        #expect(figures["postern_hash_line"] == "256")
        #expect(figures["postern_build_info{version=\"9.8.7\"}"] == "1")
        #expect(figures["process_start_time_seconds"] == "1770559965")
        #expect(figures["process_resident_memory_bytes"] == "4096")
        #expect(figures["process_cpu_seconds_total"] == "1.234000000")
        #expect(figures["process_open_fds"] == nil)
    }

    @Test func `connections to a database server are told where there is one, and not where there is none`() throws {
        #expect(!scrape().keys.contains { $0.hasPrefix("postern_postgresql_") })
        #expect(installation.call("GET", "/status").object["database"] == nil)
        let remote = try TestInstallation(
            metrics: Metrics {
                ServingStatus(
                    version: "1", startedAt: Timestamp(secondsSince1970: 0), server: nil,
                    database: ServingStatus.Database(
                        writers: 8, writing: 3, waiting: 2, lookupBatches: 10, lookups: 35, retries: 4,
                        uncertainCommits: 1, heartbeatAge: 1250))
            })
        let body = remote.call("GET", "/metrics").body
        for line in [
            "writers 8", "writing 3", "waiting 2", "lookup_batches_total 10", "lookups_total 35", "retries_total 4",
            "uncertain_commits_total 1", "heartbeat_age_seconds 1.250000000",
        ] { #expect(body.contains("\npostern_postgresql_\(line)\n"), "\(line)") }
        // Its server has tools of its own for that.
        #expect(!body.contains("last_backup") && body.contains("\npostern_sessions "))
        let told = try #require(remote.call("GET", "/status").object["database"] as? [String: Int])
        #expect(told["waiting"] == 2 && told["lookups"] == 35 && told["heartbeat_age_ms"] == 1250)
    }

    @Test func `the status is told as JSON`() throws {
        let answer = installation.call("GET", "/status")
        #expect(answer.status == 200)
        #expect(answer.object["version"] as? String == "9.8.7")
        #expect(answer.object["started_at"] as? String == "2026-02-08T14:12:45Z")
        #expect(answer.object["workers"] as? [String: Int] == ["threads": 5, "in_hand": 1])
        #expect(answer.object["connections"] as? [String: Int] == ["idle": 2, "incomplete": 3, "accepted": 4])
        let hashing = try #require(answer.object["hashing"] as? [String: Int])
        #expect(Set(hashing.keys) == ["slots", "running", "line", "waiting", "computed", "refused"])
        #expect(hashing["slots"] == 2 && hashing["running"] == 0)
    }

    @Test func `counting from many threads at once loses nothing`() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [installation] in
                    for _ in 0..<250 { _ = installation.call("GET", "/health/live") }
                }
            }
        }
        let figures = scrape()
        let labels = "method=\"GET\",route=\"/health/live\""
        #expect(figures["postern_http_requests_total{\(labels),status=\"200\"}"] == "2000")
        #expect(figures["postern_http_request_duration_seconds_count{\(labels)}"] == "2000")
    }

    @Test func `a process that answers one request has nothing to tell`() throws {
        let installation = try TestInstallation()
        for path in ["/metrics", "/status"] { #expect(installation.call("GET", path).code == "not_found") }
    }
}
