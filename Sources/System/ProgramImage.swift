import CLinux

/// The program's own code and constants in memory, a mapping of its file.
public enum ProgramImage {
    /// Takes out of memory what is there of it, which comes back page by page when it is used.
    ///
    /// A start touches what is never used again, and the kernel maps 64 KiB around each page that is touched: of the
    /// 14.6 MiB of an idle process 7.3 are code and constants, of which 4 come back.
    public static func release() {
        // Where it fails, it stays.
        _ = postern_release_program()
    }
}
