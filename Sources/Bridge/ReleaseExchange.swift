import HTTPMessage
import JSONText
import Threading

/// The way back of a request that nobody waits for but the thread that released it.
final class ReleaseExchange: SuspendedExchange {
    private let response = Monitor<HTTPResponse?>(nil)

    func respond(_ response: HTTPResponse) {
        self.response.update {
            $0 = response
            return .all
        }
    }

    /// Sleeps until it is answered, which every request is: also by a writer that stops.
    func waitForResponse() -> HTTPResponse { response.wait { $0 } }

    func suspend() -> any SuspendedExchange { self }
    func observe(_ observer: any HTTPPeerObserver) {}
    func begin(_ response: HTTPResponse) -> HTTPPeerState {
        respond(response)
        return .gone
    }
    func write(_ bytes: [UInt8]) -> HTTPPeerState { .gone }
    func end() {}
}

/// What is written down of a release.
enum ReleaseOutcome {
    /// `{"status":202,"replayed":false,"answer":{"cid":"…","eventType":"…"}}`
    static func released(_ response: HTTPResponse) -> [UInt8] {
        let isReplayed = response.fields.contains { $0.name == "Idempotent-Replayed" }
        return document(response, "\"replayed\":\(isReplayed),")
    }

    /// `{"status":400,"answer":{"type":"urn:fx-bridge:problem:…",…}}`
    static func refused(_ response: HTTPResponse) -> [UInt8] { document(response, "") }

    /// `{"status":401,"reason":"signature-mismatch"}`
    static func refused(_ reason: String) -> [UInt8] {
        var bytes: [UInt8] = []
        JSONWriter.appendRaw("{\"status\":401,\"reason\":", to: &bytes)
        JSONWriter.appendString(reason, to: &bytes)
        JSONWriter.appendRaw("}\n", to: &bytes)
        return bytes
    }

    private static func document(_ response: HTTPResponse, _ more: String) -> [UInt8] {
        let body = response.body.isEmpty ? Array("null".utf8) : response.body
        return Array("{\"status\":\(response.status.rawValue),\(more)\"answer\":".utf8) + body + Array("}\n".utf8)
    }
}
