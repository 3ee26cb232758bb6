import Foundation

/// A small ext4 of its own, mounted through a loop device from an image file.
///
/// What is not unmounted when the test process ends, its guard unmounts; see ``TestRoot``.
final class LoopFileSystem {
    let mountPoint: String
    private var isMounted = true

    static func makeImage(_ path: String, mebibytes: Int, options: [String] = []) throws {
        try Data().write(to: URL(fileURLWithPath: path))
        truncate(path, off_t(mebibytes << 20))
        // Lazy initialization would write to the disk in the middle of a test, and the reserve is for root, who we are.
        let fixed = ["-q", "-F", "-m", "0", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"]
        try run("mkfs.ext4", fixed + options + [path])
    }

    /// Mounts an image, which plays back its journal if it was not unmounted.
    init(image: String, at mountPoint: String, options: String = "errors=remount-ro") throws {
        self.mountPoint = mountPoint
        mkdir(mountPoint, 0o700)
        try Self.run("mount", ["-t", "ext4", "-o", "loop,nodiscard,\(options)", image, mountPoint])
        chmod(mountPoint, 0o700)
    }

    deinit {
        if isMounted { _ = try? CommandResult.run("umount", ["-l", mountPoint]) }
    }

    func remount(_ options: String) throws {
        try Self.run("mount", ["-o", "remount,\(options)", mountPoint])
    }

    /// Unmounts it; whoever had files open in it must have ended.
    func unmount() throws {
        try Self.run("umount", [mountPoint])
        isMounted = false
    }

    var availableBytes: Int {
        var facts = statvfs()
        guard statvfs(mountPoint, &facts) == 0 else { return 0 }
        return Int(facts.f_bavail) * Int(facts.f_frsize)
    }

    private static func run(_ command: String, _ arguments: [String]) throws {
        let result = try CommandResult.run(command, arguments)
        guard result.exit == .code(0) else { throw HarnessError.command(command, result) }
    }
}

/// A file that takes up room on a file system.
struct Filler {
    let path: String

    init(in directory: String) {
        path = directory + "/filler"
    }

    /// Grows until so much is free, as far as blocks allow.
    func grow(untilAvailable bytes: Int, of fileSystem: LoopFileSystem) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw HarnessError.io("open \(path)", errno: errno) }
        defer { close(descriptor) }
        let stepLimit = 10_000
        for _ in 0..<stepLimit {
            let surplus = fileSystem.availableBytes - bytes
            guard surplus > 0 else { return }
            let end = lseek(descriptor, 0, SEEK_END)
            // Half of it at a time: blocks that map blocks count too.
            let step = max(4096, surplus / 2)
            if posix_fallocate(descriptor, end, off_t(step)) != 0, step == 4096 { return }
        }
    }

    func remove() {
        unlink(path)
    }
}
