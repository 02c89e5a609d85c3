import AuthAPI
import FoundationEssentials
import Glibc

extension ServingStatus.Process {
    /// What this process takes now, as the kernel says (proc(5)).
    static var current: Self {
        var figures = Self()
        if let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) {
            let fields = statm.split(separator: " ")
            if fields.count > 1, let pages = Int(fields[1]) { figures.residentBytes = pages * Int(getpagesize()) }
        }
        // Without the one that lists them.
        figures.openDescriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count - 1
        var limit = rlimit()
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            figures.descriptorLimit = Int(clamping: limit.rlim_cur)
        }
        var usage = timespec()
        if unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &usage) == 0 {
            figures.processorMilliseconds = usage.tv_sec * 1000 + usage.tv_nsec / 1_000_000
        }
        return figures
    }
}
