import GRDB
import GRDBSQLite

/// What a parameter of a `PreparedQuery` can stand for.
protocol QueryArgument {
    /// Gives a parameter this value, of which SQLite keeps a copy.
    ///
    /// - Parameter index: the parameter's number; the first is 1.
    /// - Returns: SQLite's result code.
    @unsafe func bind(to statement: SQLiteStatement, at index: Int32) -> Int32
}

extension Int64: QueryArgument {
    @unsafe func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        unsafe sqlite3_bind_int64(statement, index, self)
    }
}

extension String: QueryArgument {
    @unsafe func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        var text = self
        return text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                unsafe sqlite3_bind_text(statement, index, characters.baseAddress, Int32(characters.count), copied)
            }
        }
    }
}

extension [UInt8]: QueryArgument {
    @unsafe func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        unsafe withUnsafeBytes { bytes in
            unsafe sqlite3_bind_blob(statement, index, bytes.baseAddress, Int32(bytes.count), copied)
        }
    }
}

extension Optional: QueryArgument where Wrapped: QueryArgument {
    @unsafe func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        switch self {
        case nil: unsafe sqlite3_bind_null(statement, index)
        case let value?: unsafe value.bind(to: statement, at: index)
        }
    }
}

/// `SQLITE_TRANSIENT`, a macro that Swift does not see: the value is lent, and has to be copied.
private var copied: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
