import Foundation
import Testing

@testable import FastCGI

struct ListeningSocketTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @discardableResult
    private func bind(
        _ path: String? = nil, mode: UInt32 = 0o600, group: String = ""
    ) throws(FastCGIError) -> ListeningSocket {
        try ListeningSocket.bind(path: path ?? directory.socket, mode: mode, group: group, backlog: 4)
    }

    private func facts(_ path: String) -> stat {
        var facts = stat()
        lstat(path, &facts)
        return facts
    }

    /// A listening socket that is none of ours.
    private func listenElsewhere(_ path: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        _ = withUnixAddress(path) { Glibc.bind(descriptor, $0, $1) }
        listen(descriptor, 4)
        return descriptor
    }

    @Test(arguments: [0o600, 0o660, 0o666] as [UInt32])
    func `the socket has the mode that was asked for, whatever the umask`(mode: UInt32) throws {
        let socket = try bind(mode: mode)
        #expect(facts(directory.socket).st_mode & 0o7777 == mode)
        #expect(facts(directory.socket).st_mode & S_IFMT == S_IFSOCK)
        _ = try FastCGIClient(directory.socket)
        socket.close()
        #expect(!FileManager.default.fileExists(atPath: directory.socket))
    }

    @Test func `the socket is not blocking and not for children`() throws {
        let socket = try bind()
        #expect(fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(socket.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        socket.close()
    }

    @Test func `the socket is given to a group by its name`() throws {
        let own = try #require(getgrgid(getegid()))
        let socket = try bind(group: String(cString: own.pointee.gr_name))
        #expect(facts(directory.socket).st_gid == getegid())
        socket.close()
    }

    @Test func `an unknown group is an error that names it, and leaves no socket that somebody could call`() throws {
        #expect(throws: FastCGIError.unknownGroup("no-such-group")) { try bind(group: "no-such-group") }
        #expect(!FileManager.default.fileExists(atPath: directory.socket))
    }

    @Test func `a path of 107 bytes is taken and a longer one refused`() throws {
        let longest = directory.path + "/" + String(repeating: "s", count: 106 - directory.path.utf8.count)
        #expect(longest.utf8.count == 107)
        let socket = try bind(longest)
        #expect(facts(longest).st_mode & S_IFMT == S_IFSOCK)
        socket.close()
        #expect(throws: FastCGIError.socketPathTooLong(path: longest + "s", limit: 107)) { try bind(longest + "s") }
    }

    @Test func `a directory that is not there is an error of the system`() throws {
        let path = directory.path + "/no/socket"
        #expect(throws: FastCGIError.systemCall("bind", path: path, errno: ENOENT)) { try bind(path) }
    }

    @Test func `a socket that nobody listens on any more is replaced`() throws {
        close(listenElsewhere(directory.socket))
        let old = facts(directory.socket).st_ino
        let socket = try bind(mode: 0o640)
        #expect(facts(directory.socket).st_mode & 0o7777 == 0o640)
        #expect(old != 0)
        _ = try FastCGIClient(directory.socket)
        socket.close()
    }

    @Test func `a socket that somebody answers on is left alone`() throws {
        let other = listenElsewhere(directory.socket)
        defer { close(other) }
        let before = facts(directory.socket).st_ino
        #expect(throws: FastCGIError.inUse(path: directory.socket)) { try bind() }
        // Its backlog being full is an answer too.
        let clients = try (0..<4).map { _ in try FastCGIClient(directory.socket) }
        #expect(throws: FastCGIError.inUse(path: directory.socket)) { try bind() }
        #expect(facts(directory.socket).st_ino == before)
        #expect(clients.count == 4)
    }

    @Test func `what is no socket is left alone`() throws {
        try Data("precious".utf8).write(to: URL(fileURLWithPath: directory.socket))
        #expect(throws: FastCGIError.notASocket(path: directory.socket)) { try bind() }
        #expect(try String(contentsOfFile: directory.socket, encoding: .utf8) == "precious")
        let link = directory.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory.socket)
        #expect(throws: FastCGIError.notASocket(path: link)) { try bind(link) }
        #expect(throws: FastCGIError.notASocket(path: directory.path)) { try bind(directory.path) }
    }

    @Test func `a socket passed as standard input is taken, and its path is not ours to remove`() throws {
        let listening = listenElsewhere(directory.socket)
        let kept = dup(0)
        defer {
            if kept >= 0 { dup2(kept, 0) } else { close(0) }
            close(kept)
        }
        dup2(listening, 0)
        close(listening)
        let inherited = try #require(try ListeningSocket.inherited(listenPID: nil, listenDescriptors: nil))
        #expect(inherited.descriptor == 0)
        #expect(fcntl(0, F_GETFL) & O_NONBLOCK != 0)
        // Another process's descriptors are none of ours.
        #expect(try ListeningSocket.inherited(listenPID: "1", listenDescriptors: "1")?.descriptor == 0)
        _ = try FastCGIClient(directory.socket)
        inherited.close()
        #expect(facts(directory.socket).st_mode & S_IFMT == S_IFSOCK)
    }
}
