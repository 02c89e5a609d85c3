import AuthAPI
import Identity
import Storage

extension CheckReport {
    /// The difference of clocks from which on it is told, since entries of the audit log and ends of sessions are seen
    /// by several machines.
    private static let clockTolerance = Duration.seconds(1)
    /// The most connections that a responder opens: those of `PostgreSQLStore.Connections`, and that of the heartbeat.
    private static let connectionsOfResponder = 15

    /// Checks the server of the database, and the way to it.
    ///
    /// - Returns: the server and its standbys, for people; `nil` if it does not answer.
    mutating func examineServer(_ target: PostgreSQLTarget, _ environment: ProgramEnvironment) -> String? {
        do throws(StoreError) {
            let found = try PostgreSQLStore.examine(target, clock: environment.timeOfDay)
            if found.encoding != "UTF8" {
                note(
                    "the database has the encoding \(found.encoding), which cannot hold every text: make another one "
                        + "with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0")
            }
            examineTrust(in: found, target)
            examineDurability(found)
            examineRole(found)
            examineCapacity(found)
            return Self.description(of: found)
        } catch {
            note(error.description)
            return nil
        }
    }

    private mutating func examineTrust(in found: PostgreSQLReport, _ target: PostgreSQLTarget) {
        let difference = found.clockDifference
        if max(difference, .zero - difference) >= Self.clockTolerance {
            let seconds = "\(max(difference, .zero - difference).components.seconds) s"
            warn(
                "the clock of the database's server is \(seconds) \(difference > .zero ? "ahead of" : "behind") this "
                    + "machine's: keep both synchronized (`timedatectl`), or sessions end too early or too late")
        }
        if found.serverVersion < 150_000 {
            warn("PostgreSQL \(Self.version(found.serverVersion)) is older than 15, with which Postern is tested")
        }
        guard !target.hosts.allSatisfy(\.isOnThisHost) else { return }
        switch target.encryption {
        case .disable:
            warn(
                "the connection to the database is not encrypted: whoever is in between reads email addresses and "
                    + "hashes, and can let anybody in: leave sslmode out, and name the authority by sslrootcert")
        case .require, .verifyAuthority:
            warn(
                "sslmode=\(target.encryption.rawValue) does not check the name of the database's server, so another "
                    + "one can take its place: use verify-full")
        case .verifyFull: break
        }
    }

    private mutating func examineDurability(_ found: PostgreSQLReport) {
        if !found.keepsWrites {
            warn("fsync or full_page_writes is off: a crash of the database's server may damage all data")
        }
        if ["off", "local"].contains(found.synchronousCommit) {
            warn(
                "synchronous_commit is \(found.synchronousCommit) for this role: what was answered can be lost, "
                    + "revocations included: set it to on")
        }
        if found.synchronousStandbyNames.isEmpty {
            warn(
                "no standby is synchronous: what was answered last is lost with the server, revocations included. "
                    + "Where that must not be, set synchronous_standby_names to ANY 1 of two standbys")
        } else if found.standbys < 2 {
            let count = found.standbys == 0 ? "no standby is" : "only one standby is"
            warn(
                "\(count) connected, and commits wait for one (\(found.synchronousStandbyNames)): they stop when it is "
                    + "lost")
        }
    }

    private mutating func examineRole(_ found: PostgreSQLReport) {
        guard found.isSuperuser || found.mayMakeTables || found.mayChangeAudit else { return }
        let rights =
            found.isSuperuser
            ? "may do everything in the server" : "may change tables, and with them the audit log"
        warn(
            "the role \(found.role) \(rights), and so may whoever takes over a responder: let it be another one, which "
                + "`postern init --serve-role NAME` makes, and keep this one for `postern init`")
    }

    private mutating func examineCapacity(_ found: PostgreSQLReport) {
        let responders = max(found.responders, 1)
        let needed = responders * Self.connectionsOfResponder
        if needed > found.mostConnections - 3 {
            warn(
                "max_connections is \(found.mostConnections), and \(responders.of("responder", "responders")) may open "
                    + "\(needed): raise it, or put a pooler in between")
        }
        if found.olderResponders > 0 {
            warn(
                "\(found.olderResponders.of("responder is", "responders are")) of an older version, which asks for no "
                    + "second factors: bring all up to date before a policy asks for them")
        }
        if let end = found.auditUntil, end < now + 86400 {
            warn(
                "the audit log has no partition from \(end) on: a responder makes them ahead, so see in its log why it "
                    + "does not")
        }
    }

    private static func description(of found: PostgreSQLReport) -> String {
        var parts = ["PostgreSQL \(version(found.serverVersion))"]
        parts.append(found.schemaVersion.map { "tables of version \($0)" } ?? "no tables")
        if found.isPooled { parts.append("through a pooler") }
        if found.isEncrypted { parts.append("encrypted") }
        parts.append(found.standbys.of("standby", "standbys"))
        parts.append(found.responders.of("responder", "responders"))
        return parts.joined(separator: ", ")
    }

    /// The words for a number such as 150018: 15.18.
    private static func version(_ number: Int) -> String { "\(number / 10_000).\(number % 10_000)" }
}
