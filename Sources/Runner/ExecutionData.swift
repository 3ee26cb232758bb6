import Events
import JSONText

/// What an execution leaves as the `data` of its report.
package enum ExecutionData {
    /// What a report may carry.
    package static let bytesLimit = ExecutionReport.dataBytesLimit
    /// Deeper JSON is taken for a text.
    private static let depthLimit = 128
    package static let null = Array("null".utf8)

    /// Standard output as one JSON value: itself where it is one, null where it is empty, otherwise a string.
    ///
    /// Bytes that are not UTF-8 become U+FFFD. Nil if the value has more than ``bytesLimit`` bytes, as a string full of
    /// control characters may.
    package static func data(standardOutput output: [UInt8]) -> [UInt8]? {
        guard output.contains(where: { !isSpace($0) }) else { return null }
        var data: [UInt8] = []
        if let value = try? JSONScanner.validate(output, depthLimit: depthLimit) {
            value.append(to: &data, from: output)
        } else {
            JSONWriter.appendString(String(decoding: output, as: UTF8.self), to: &data)
        }
        return data.count <= bytesLimit ? data : nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
}
