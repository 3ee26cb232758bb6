import Glibc

/// How many descriptors the process may have open. Connections take one each.
enum DescriptorLimit {
    /// Beside connections: logs, index readers, the rest.
    private static let others: UInt = 256

    /// Raises the soft limit, which is 1024 where nobody has cared, to what so many connections need. `setrlimit(2)`
    ///
    /// - Returns: the limit, if the machine allows less than that.
    static func raise(forConnections connections: Int) -> UInt? {
        let needed = UInt(connections) + others
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < needed else {
            return nil
        }
        limit.rlim_cur = min(needed, limit.rlim_max)
        guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        return limit.rlim_cur < needed ? limit.rlim_cur : nil
    }
}
