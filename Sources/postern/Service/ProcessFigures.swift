import AuthAPI
import FoundationEssentials
import Glibc

extension ServingStatus.Process {
    /// The resources that this process uses now, as the kernel reports them (proc(5)).
    static var current: Self {
        var figures = Self()
        figures.residentBytes = memoryInUse()
        // Less the descriptor that lists them.
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

    private static func memoryInUse() -> Int? {
        guard let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        let fields = statm.split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * Int(getpagesize()) } : nil
    }
}
