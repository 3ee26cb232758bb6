import Foundation
import HTTPMessage
import Testing
import Threading

@testable import FastCGI

/// A directory of its own for one test, gone afterwards; its path is short enough for a socket.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let memory = "/dev/shm"
        let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : "/tmp"
        path = parent + "/fx-fcgi-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var socket: String { path + "/socket" }
}

/// A server on a socket of its own, and what it has said.
final class ServerFixture {
    let directory: TemporaryDirectory
    let server: FastCGIServer
    let notices = Monitor<[FastCGIServer.Notice]>([])
    private var isDrained = false

    init(
        _ options: FastCGIServer.Options = .init(workers: 2), handler: any HTTPHandler = EchoHandler()
    ) throws {
        directory = try TemporaryDirectory()
        let listener = try ListeningSocket.bind(path: directory.socket, mode: 0o600, group: "", backlog: 512)
        server = try FastCGIServer(listener: listener, options: options, handler: handler) { [notices] notice in
            notices.update {
                $0.append(notice)
                return .all
            }
        }
        try server.start()
    }

    deinit { if !isDrained { _ = server.drain(milliseconds: 5000) } }

    func client() throws -> FastCGIClient { try FastCGIClient(directory.socket) }

    func drain(milliseconds: Int = 20_000) -> Bool {
        isDrained = true
        return server.drain(milliseconds: milliseconds)
    }
}

/// Answers with what it was asked: method, path, query, and the body or what became of it.
struct EchoHandler: HTTPHandler {
    func handle(_ request: HTTPRequest, exchange: any HTTPExchange, worker: Int) {
        exchange.respond(Self.response(to: request))
    }

    static func response(to request: HTTPRequest) -> HTTPResponse {
        var response = HTTPResponse(.ok)
        var text = Array("\(request.method.name) \(request.path) \(request.query) ".utf8)
        switch request.body {
        case .complete(let bytes): text += bytes
        case .tooLarge(let limit): text += Array("too large, limit \(limit)".utf8)
        case .wrongLength(let announced, let received): text += Array("announced \(announced), came \(received)".utf8)
        }
        response.setBody(text, type: "text/plain")
        response.isBodyOmitted = request.method == .head
        return response
    }
}

/// Keeps requests until the test answers them, from its own thread.
final class KeepingHandler: HTTPHandler {
    struct Kept {
        let request: HTTPRequest
        let exchange: any HTTPExchange
    }

    private let kept = Monitor<[Kept]>([])

    func handle(_ request: HTTPRequest, exchange: any HTTPExchange, worker: Int) {
        kept.update {
            $0.append(Kept(request: request, exchange: exchange))
            return .all
        }
    }

    /// Sleeps until that many requests have come, and gives them away.
    func take(_ count: Int) throws -> [Kept] {
        try #require(
            kept.wait(milliseconds: 20_000) { kept in
                guard kept.count >= count else { return nil }
                defer { kept = [] }
                return kept
            })
    }
}

extension KeepingHandler.Kept {
    func answer() { exchange.respond(EchoHandler.response(to: request)) }
}

/// Suspends each request and gives it to the test.
final class SuspendingHandler: HTTPHandler {
    private let suspended = Monitor<[any SuspendedExchange]>([])

    func handle(_ request: HTTPRequest, exchange: any HTTPExchange, worker: Int) {
        let exchange = exchange.suspend()
        suspended.update {
            $0.append(exchange)
            return .all
        }
    }

    /// Sleeps until that many requests are suspended, and gives them away.
    func take(_ count: Int = 1) throws -> [any SuspendedExchange] {
        try #require(
            suspended.wait(milliseconds: 20_000) { suspended in
                guard suspended.count >= count else { return nil }
                defer { suspended = [] }
                return suspended
            })
    }
}

/// What an observer was told.
final class PeerRecorder: HTTPPeerObserver {
    private struct State {
        var goneCount = 0
        var readyCount = 0
    }

    private let state = Monitor(State())

    func peerIsGone() { note { $0.goneCount += 1 } }
    func peerIsReady() { note { $0.readyCount += 1 } }

    private func note(_ body: (inout State) -> Void) {
        state.update {
            body(&$0)
            return .all
        }
    }

    func waitsUntilGone() -> Bool { state.wait(milliseconds: 20_000) { $0.goneCount > 0 ? true : nil } ?? false }
    func waitsUntilReady() -> Bool { state.wait(milliseconds: 20_000) { $0.readyCount > 0 ? true : nil } ?? false }
    var goneCount: Int { state.withLock { $0.goneCount } }
}
