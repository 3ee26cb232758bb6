/// A body that may have been signed instead of the one that arrived, and what would have happened to it then.
struct BodySuspect: Equatable {
    let reason: SignatureDiagnosis.Reason
    let body: [UInt8]

    /// Larger bodies are tried with and without a line's end only: writing one anew costs some 5 ns a byte, and there are
    /// up to 20 ways.
    static let rewritingBytesLimit = 256 << 10

    /// The likely ones first; none is the body itself, and none comes twice.
    static func all(of body: [UInt8]) -> [BodySuspect] {
        var suspects: [BodySuspect] = []
        func add(_ reason: SignatureDiagnosis.Reason, _ suspect: [UInt8]?) {
            guard let suspect, suspect != body, !suspects.contains(where: { $0.body == suspect }) else { return }
            suspects.append(BodySuspect(reason: reason, body: suspect))
        }
        add(.newlineStripped, body + [newline])
        add(.newlineStripped, body + [carriageReturn, newline])
        add(.newlineAdded, withoutLineEnd(body))
        add(.bodyMissing, [])
        guard body.count <= rewritingBytesLimit else { return suspects }
        add(.newlinesConverted, withUnixLineEnds(body))
        add(.newlinesConverted, withDOSLineEnds(body))
        add(.formDecoded, FormText.payload(of: body))
        if FormText.payload(of: body) == nil {
            add(.formDecoded, FormText.form(payload: body, spaces: .plus))
            add(.formDecoded, FormText.form(payload: body, spaces: .percent))
        }
        for spelling in JSONSpelling.all { add(.reencoded, spelling.respelt(body)) }
        if let payload = FormText.payload(of: body) {
            for spelling in JSONSpelling.all { add(.formDecoded, spelling.respelt(payload)) }
        }
        return suspects
    }

    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private static func withoutLineEnd(_ body: [UInt8]) -> [UInt8]? {
        guard body.last == newline else { return nil }
        let rest = body.dropLast()
        return Array(rest.last == carriageReturn ? rest.dropLast() : rest)
    }

    private static func withUnixLineEnds(_ body: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(body.count)
        for (index, byte) in body.enumerated() {
            if byte == carriageReturn, index + 1 < body.count, body[index + 1] == newline { continue }
            text.append(byte)
        }
        return text
    }

    private static func withDOSLineEnds(_ body: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(body.count)
        for byte in body {
            if byte == newline, text.last != carriageReturn { text.append(carriageReturn) }
            text.append(byte)
        }
        return text
    }
}
