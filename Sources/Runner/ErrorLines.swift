/// Standard error cut into lines for the operator's log, with limits: a service cannot fill the log.
struct ErrorLines {
    static let lineBytesLimit = 2048
    static let bytesLimit = 64 << 10

    private var line: [UInt8] = []
    private var takenBytes = 0
    private(set) var droppedBytes = 0

    /// Takes bytes in and gives the lines that are complete.
    mutating func add(_ bytes: ArraySlice<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            guard takenBytes < Self.bytesLimit else {
                droppedBytes += 1
                continue
            }
            takenBytes += 1
            if byte == UInt8(ascii: "\n") {
                lines.append(take())
            } else {
                line.append(byte)
                // A longer one goes on as the next.
                if line.count == Self.lineBytesLimit { lines.append(take()) }
            }
        }
        return lines.filter { !$0.isEmpty }
    }

    /// What stands behind the last newline, and what was dropped.
    mutating func end() -> [String] {
        var lines = line.isEmpty ? [] : [take()]
        if droppedBytes > 0 { lines.append("(\(droppedBytes) further bytes were dropped)") }
        return lines
    }

    /// Control characters could move a terminal's cursor or forge a line.
    private mutating func take() -> String {
        defer { line.removeAll(keepingCapacity: true) }
        let scalars = String(decoding: line, as: UTF8.self).unicodeScalars.map { scalar -> Character in
            scalar.properties.generalCategory == .control && scalar != "\t" ? "\u{FFFD}" : Character(scalar)
        }
        return String(scalars)
    }
}
