import Identity
import Storage

extension SettingsSource {
    /// Reads where the database is, or notes why that is not understood. A password in it is never shown.
    mutating func database() -> DatabaseLocation {
        let text = value(Settings.database)
        do throws(DatabaseLocation.Fault) {
            // One that is understood has no password: so it is shown as it is.
            return try DatabaseLocation(text)
        } catch {
            hideText(of: Settings.database, as: "(not shown, since it is not understood)")
            note("\(Settings.database.key): \(error)")
            refusesDatabase = true
            return .sqlite(path: Settings.database.defaultText)
        }
    }
}
