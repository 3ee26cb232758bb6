/// Takes FastCGI records off a socket.
///
/// A record: version 1, type, request id (2 bytes, big-endian), content length (2, big-endian), padding length, reserved,
/// content, padding (FastCGI 1.0 §3.3).
struct FastCGIRecordReader {
    let descriptor: Int32
    private(set) var unread: [UInt8] = []

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The next record, or nil when the other side has closed.
    mutating func next() throws -> (type: UInt8, content: [UInt8])? {
        while true {
            if unread.count >= 8 {
                let length = Int(unread[4]) << 8 | Int(unread[5])
                let whole = 8 + length + Int(unread[6])
                if unread.count >= whole {
                    let record = (unread[1], Array(unread[8..<8 + length]))
                    unread.removeFirst(whole)
                    return record
                }
            }
            guard try readMore() else { return nil }
        }
    }

    /// Waits for bytes; false when the other side has closed.
    mutating func readMore() throws -> Bool {
        let bytes = try readSome(from: descriptor)
        unread += bytes
        return !bytes.isEmpty
    }
}
