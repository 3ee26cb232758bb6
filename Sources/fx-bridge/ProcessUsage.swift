import DurableIO
import Glibc

/// What this process uses of the machine.
struct ProcessUsage {
    let cpuSeconds: Double
    let residentBytes: Int?
    let openDescriptors: Int?

    /// `getrusage(2)`, `/proc/self/statm` and `/proc/self/fd` (proc(5)).
    static var current: ProcessUsage {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let times = [usage.ru_utime, usage.ru_stime]
        var statm: [UInt8] = []
        _ = try? LinuxDisk().openFileForReading("/proc/self/statm").read(into: &statm, at: 0, count: 256)
        let pages = String(decoding: statm, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return ProcessUsage(
            cpuSeconds: times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 },
            residentBytes: pages.map { $0 * sysconf(Int32(_SC_PAGESIZE)) },
            // The listing's own descriptor is one of them.
            openDescriptors: (try? LinuxDisk().names(in: "/proc/self/fd").count).map { $0 - 1 })
    }
}
