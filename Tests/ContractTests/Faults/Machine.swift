import Foundation
import Testing

/// What this machine lets a test do to it. A test that needs more is skipped, with the reason.
enum Machine {
    static let isLoopMountable = isRoot && canMountImage
    static let cannotMount: Comment = "needs root, mkfs.ext4 and a loop device that can be mounted"

    static let hasFUSE = isLoopMountable && access("/dev/fuse", R_OK | W_OK) == 0
    static let cannotServeDisk: Comment = "needs root, mkfs.ext4, a loop device and /dev/fuse"

    /// Looked for by use: a container may have strace and forbid ptrace(2).
    static let canTrace: Bool = {
        let trial = try? CommandResult.run("strace", ["-f", "-o", "/dev/null", "-e", "inject=sync:retval=0", "true"])
        return trial?.exit == .code(0)
    }()
    static let cannotTrace: Comment = "needs strace, and to be allowed to trace"

    static let canPreload: Bool = (try? PreloadLibrary.compile("int fx_trial;")) != nil
    static let cannotPreload: Comment = "needs gcc or clang"

    private static let isRoot = geteuid() == 0

    private static var canMountImage: Bool {
        guard let root = try? TestRoot.current.path else { return false }
        let stem = root + "/trial-\(UInt32.random(in: 0...UInt32.max))"
        defer { unlink(stem + ".img") }
        do {
            try LoopFileSystem.makeImage(stem + ".img", mebibytes: 8)
            try LoopFileSystem(image: stem + ".img", at: stem).unmount()
            rmdir(stem)
            return true
        } catch {
            return false
        }
    }
}

/// A library that stands between a program and the C library's calls.
enum PreloadLibrary {
    /// Compiles C and gives the path for LD_PRELOAD.
    static func compile(_ source: String) throws -> String {
        let stem = try TestRoot.current.path + "/preload-\(UUID().uuidString)"
        try Data(source.utf8).write(to: URL(fileURLWithPath: stem + ".c"))
        var failure: (any Error)?
        for compiler in ["gcc", "clang"] {
            do {
                let result = try CommandResult.run(
                    compiler, ["-shared", "-fPIC", "-O1", "-o", stem + ".so", stem + ".c"])
                if result.exit == .code(0) { return stem + ".so" }
                failure = HarnessError.command(compiler, result)
            } catch {
                failure = error
            }
        }
        throw failure ?? HarnessError.io("compile", errno: ENOENT)
    }
}

/// Random numbers that come again with the same seed (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// The seed of this run: another one each time, unless `FX_TEST_SEED` names the one that failed.
    static let seed: UInt64 =
        ProcessInfo.processInfo.environment["FX_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999_999)
}
