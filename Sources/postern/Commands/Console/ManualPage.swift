/// A page of the manual, as messages name it: the package has the manual in one folder, and a clone in another.
///
/// A message names no other page, and a test sees that each of these is there.
///
/// ```swift
/// "no key file is named: \(ManualPage.keys.hint)"
/// // no key file is named: see keys.md in /usr/share/doc/postern/manual, in a clone in deploy/manual
/// ```
enum ManualPage: String, CaseIterable, Sendable {
    /// Keys: the key file, rotation, and the loss of it.
    case keys
    /// Move from another system: the import of accounts.
    case move
    /// PostgreSQL: roles, backups, faults.
    case postgresql

    /// The folder of the manual below that of a clone.
    static let folderOfClone = "deploy/manual"

    /// The name of its file.
    var file: String { "\(rawValue).md" }

    /// Words that lead to the page, for the end of a message.
    var hint: String { "see \(file) in /usr/share/doc/postern/manual, in a clone in \(Self.folderOfClone)" }
}
