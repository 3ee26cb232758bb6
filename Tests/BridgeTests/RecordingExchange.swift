import Foundation
import HTTPMessage
import Testing
import Threading

/// Keeps the answer to one request, which may come later and from another thread, whole or in pieces.
final class RecordingExchange: SuspendedExchange {
    private struct Stream {
        var head: HTTPResponse?
        var body: [UInt8] = []
        var isEnded = false
        var peer = HTTPPeerState.ready
        var observer: (any HTTPPeerObserver)?
        var isSuspended = false
    }

    private let answers = Monitor<[HTTPResponse]>([])
    private let stream = Monitor(Stream())

    func respond(_ response: HTTPResponse) {
        answers.update {
            $0.append(response)
            return .all
        }
    }

    // MARK: - The suspended side

    func suspend() -> any SuspendedExchange {
        change { $0.isSuspended = true }
        return self
    }

    func observe(_ observer: any HTTPPeerObserver) { change { $0.observer = observer } }

    func begin(_ response: HTTPResponse) -> HTTPPeerState {
        change { $0.head = response }
    }

    func write(_ bytes: [UInt8]) -> HTTPPeerState {
        change { $0.body += bytes }
    }

    func end() {
        change {
            $0.isEnded = true
            $0.observer = nil
        }
    }

    /// Gives how the peer was doing at that moment.
    @discardableResult
    private func change(_ body: (inout Stream) -> Void) -> HTTPPeerState {
        var peer = HTTPPeerState.ready
        stream.update {
            body(&$0)
            peer = $0.peer
            return .all
        }
        return peer
    }

    var isSuspended: Bool { stream.withLock { $0.isSuspended } }

    /// The peer hangs up, or says that it is behind or ready again.
    func peer(is state: HTTPPeerState) {
        let observer = stream.withLock { stream -> (any HTTPPeerObserver)? in
            stream.peer = state
            return stream.observer
        }
        switch state {
        case .gone: observer?.peerIsGone()
        case .ready: observer?.peerIsReady()
        case .behind: break
        }
    }

    /// What has come of a stream as soon as it satisfies `condition`; nil if it never does.
    func streamed(_ condition: (_ text: String, _ isEnded: Bool) -> Bool) -> String? {
        stream.wait(milliseconds: 20_000) { stream in
            let text = String(decoding: stream.body, as: UTF8.self)
            return condition(text, stream.isEnded) ? text : nil
        }
    }

    /// Status and fields of a stream, as soon as they are there.
    func streamHead() throws -> Answer {
        Answer(try #require(stream.wait(milliseconds: 20_000) { $0.head }, "no answer"))
    }

    // MARK: - The answer

    var hasAnswer: Bool { answers.withLock { !$0.isEmpty } }

    /// The answer, as soon as it is there; a request that is never answered is a failed test and not a hung one.
    func answer(sourceLocation: SourceLocation = #_sourceLocation) throws -> Answer {
        let response = answers.wait(milliseconds: 20_000) { $0.first }
        return Answer(try #require(response, "no answer", sourceLocation: sourceLocation))
    }

    /// How often it was answered; once is right.
    var answersCount: Int { answers.withLock { $0.count } }
}

/// An answer in a form that a test can write down.
struct Answer: Equatable {
    let status: Int
    /// Lines of `Name: value`, in their order.
    let fields: [String]
    let body: String
    let isBodyOmitted: Bool

    init(_ response: HTTPResponse) {
        status = response.status.rawValue
        fields = response.fields.map { "\($0.name): \($0.value)" }
        body = String(decoding: response.body, as: UTF8.self)
        isBodyOmitted = response.isBodyOmitted
    }

    func field(_ name: String) -> String? {
        fields.first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }

    /// The body's members, if it is an object.
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]) ?? [:]
    }

    /// The problem's own name: `malformed-json`.
    var problem: String {
        let prefix = "urn:fx-bridge:problem:"
        guard let type = json["type"] as? String, type.hasPrefix(prefix) else { return "" }
        return String(type.dropFirst(prefix.count))
    }

    var detail: String { json["detail"] as? String ?? "" }
    var cid: String { json["cid"] as? String ?? "" }
}
