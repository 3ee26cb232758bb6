import Foundation
import HTTPMessage
import Testing
import Threading

/// Keeps the answer to one request, which may come later and from another thread.
final class RecordingExchange: HTTPExchange {
    private let answers = Monitor<[HTTPResponse]>([])

    func respond(_ response: HTTPResponse) {
        answers.update {
            $0.append(response)
            return .all
        }
    }

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
