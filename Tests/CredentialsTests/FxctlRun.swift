import Glibc
import Synchronization

/// One run of the `fxctl` that was built beside these tests.
struct FxctlRun {
    var status: Int32
    var output: String
    var errors: String

    /// Runs to the end; the streams are files, so that no pipe can fill up.
    ///
    /// - Parameter environment: all of it; the tests' own is not handed on.
    init(_ arguments: [String], in directory: TemporaryDirectory, input: String = "", environment: [String] = []) {
        let number = Self.number.wrappingAdd(1, ordering: .relaxed).newValue
        let inputPath = "\(directory.path)/run\(number).in"
        let outputPath = "\(directory.path)/run\(number).out"
        let errorsPath = "\(directory.path)/run\(number).err"
        writeFile(inputPath, input)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorsPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var argv = ([Self.executable] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }

        var child: pid_t = 0
        var waited: Int32 = -1
        if posix_spawn(&child, Self.executable, &actions, nil, &argv, &envp) == 0 { waitpid(child, &waited, 0) }
        // WEXITSTATUS; a signal shows as a number no exit has.
        status = waited & 0x7F == 0 ? waited >> 8 & 0xFF : 256 + waited
        output = String(decoding: readFile(outputPath), as: UTF8.self)
        errors = String(decoding: readFile(errorsPath), as: UTF8.self)
    }

    private static let number = Atomic(0)

    /// Beside the test bundle, which is what runs now.
    static let executable: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
        let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/fxctl"
    }()
}
