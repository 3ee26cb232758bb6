import JSONText

/// The payload of an event, and how a line carries it (CloudEvents JSON format 1.0.2 §3.1).
///
/// It means nothing without its bytes; every function that needs them takes them beside it.
package enum EventData: Sendable, Equatable {
    /// No payload at all, which is not the same as `null`.
    case absent
    /// A JSON value among the bytes, passed through as `data`.
    case json(JSONValue)
    /// All the bytes, which are UTF-8: the JSON string `data`.
    case text
    /// All the bytes, whatever they are: `data_base64`.
    case binary
    /// A JSON string in base64 among the bytes, passed through as `data_base64`.
    case base64(JSONValue)

    /// How many bytes ``append(to:from:)`` adds, escapes and newlines not counted.
    func bytesCount(of bytes: [UInt8]) -> Int {
        switch self {
        case .absent: 0
        case .json(let value), .base64(let value): value.range.count + 16
        case .text: bytes.count + 16
        case .binary: Base64Text.encodedCount(of: bytes.count) + 17
        }
    }

    /// Appends `,"data":…`, `,"data_base64":"…"`, or nothing.
    func append(to output: inout [UInt8], from bytes: [UInt8]) {
        switch self {
        case .absent: break
        case .json(let value):
            JSONWriter.appendLiteral(",\"data\":", to: &output)
            value.append(to: &output, from: bytes)
        case .text:
            JSONWriter.appendLiteral(",\"data\":", to: &output)
            JSONWriter.appendString(String(decoding: bytes, as: UTF8.self), to: &output)
        case .binary:
            JSONWriter.appendLiteral(",\"data_base64\":\"", to: &output)
            Base64Text.append(bytes, to: &output)
            output.append(UInt8(ascii: "\""))
        case .base64(let value):
            JSONWriter.appendLiteral(",\"data_base64\":", to: &output)
            value.append(to: &output, from: bytes)
        }
    }
}
