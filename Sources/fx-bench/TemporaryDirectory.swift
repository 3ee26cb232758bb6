import DurableIO
import Glibc

/// A directory of its own for one measurement, removed with everything in it when nobody holds it any more.
final class TemporaryDirectory {
    let path: String

    init() throws(IOError) {
        let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        path = "\(base)/fx-bench-\(getpid())-\(Clock.nanoseconds())"
        try LinuxDisk().makeDirectory(path)
    }

    deinit { Self.removeAll(at: path) }

    private static func removeAll(at path: String) {
        for name in (try? LinuxDisk().names(in: path)) ?? [] where name != "." && name != ".." {
            removeAll(at: path + "/" + name)
        }
        unsafe remove(path)
    }
}
