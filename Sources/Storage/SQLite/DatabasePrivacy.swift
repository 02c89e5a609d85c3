import Glibc
public import Identity

/// The rule on access to a database and the files beside it, all of which hold password hashes: they are for their
/// owner, and a group only if the folder lets that same group make files too.
///
/// SQLite has to make files beside the database, so in any other folder a group's right is of no use to Postern, and an
/// accident, as a copy makes it. It gives the files that it makes the mode of the database.
enum DatabasePrivacy {
    /// The files that others have a right to which the rule does not allow.
    ///
    /// - Throws: `StoreError.Kind.unusable` if a directory, a FIFO, a device or a link is in the place of one of
    ///   them, which opening the database would open.
    static func exposed(_ path: String) throws(StoreError) -> [String] {
        let folder = FileSystem.Attributes(FileSystem.folder(of: path))
        var files: [String] = []
        for suffix in [""] + SQLiteStore.companions {
            guard let attributes = FileSystem.Attributes(path + suffix) else { continue }
            guard attributes.isRegular else { throw StoreError(notAFile: path + suffix) }
            if attributes.mode & ~allowed(attributes, in: folder) != 0 { files.append(path + suffix) }
        }
        return files
    }

    private static func allowed(_ file: FileSystem.Attributes, in folder: FileSystem.Attributes?) -> mode_t {
        file.group == folder?.writingGroup ? 0o770 : 0o700
    }

    /// Takes from the files the rights that the rule does not allow.
    ///
    /// No file is opened: to close a database's file ends the locks that this process has on it (fcntl_locking(2)).
    ///
    /// - Parameters:
    ///   - path: the database, without symbolic links.
    ///   - found: the files that were exposed before this process opened the database, by which SQLite gives those that
    ///     it makes the mode of the database: only they are worth a word. `nil` for all.
    /// - Returns: the changes, a sentence each.
    /// - Throws: `StoreError.Kind.unusable` if a file is open to others and that cannot be changed from here.
    static func enforce(on path: String, found: [String]? = nil) throws(StoreError) -> [String] {
        let folder = FileSystem.Attributes(FileSystem.folder(of: path))
        var changes: [String] = []
        for file in try exposed(path) {
            guard let attributes = FileSystem.Attributes(file) else { continue }
            let allowed = allowed(attributes, in: folder)
            let wanted = attributes.mode & allowed
            let isChanged = unsafe chmod(file, wanted) == 0
            guard let changed = FileSystem.Attributes(file) else { continue }
            guard isChanged, changed.mode & ~allowed == 0 else {
                throw StoreError(
                    .unusable,
                    "others can read \(file) (mode \(octal(attributes.mode))), and this user cannot change that: run "
                        + "`chmod \(octal(wanted)) \(file)` as its owner")
            }
            guard found?.contains(file) ?? true else { continue }
            changes.append(
                "others could read \(file) (mode \(octal(attributes.mode))); its mode is now \(octal(wanted))")
        }
        return changes
    }

    private static func octal(_ mode: mode_t) -> String { "0" + String(mode, radix: 8) }
}

extension FileSystem {
    /// The kind and the rights of a file.
    struct Attributes {
        let isRegular: Bool
        /// The rights of owner, group and others.
        let mode: mode_t
        let group: gid_t
        /// The number of its names (hard links).
        let names: Int

        /// Looks at a file itself, not at where a symbolic link leads; `nil` where there is none.
        init?(_ path: String) {
            var information = stat()
            guard unsafe lstat(path, &information) == 0 else { return nil }
            isRegular = information.st_mode & S_IFMT == S_IFREG
            mode = information.st_mode & 0o777
            group = information.st_gid
            names = Int(information.st_nlink)
        }

        /// The group that may make files in this folder; `nil` if only its owner may, or everybody.
        var writingGroup: gid_t? { mode & 0o032 == 0o030 ? group : nil }
    }
}

extension SQLiteStore {
    /// Looks at where a database is.
    ///
    /// - Returns: warnings of what works there for now, a sentence each.
    public static func warnings(about path: String) throws(StoreError) -> [String] {
        let path = try FileSystem.resolve(path)
        let folder = FileSystem.folder(of: path)
        var warnings: [String] = []
        if let attributes = FileSystem.Attributes(folder), attributes.mode & 0o002 != 0 {
            warnings.append(
                "everybody may write in \(folder), and so put another database in the place of \(path): run "
                    + "`chmod o-w \(folder)`")
        }
        if let attributes = FileSystem.Attributes(path), attributes.names > 1 {
            warnings.append(
                "\(path) has \(attributes.names) names (hard links): opened by another one, it has another -wal file, "
                    + "and what is written is lost; remove the others")
        }
        return warnings
    }
}
