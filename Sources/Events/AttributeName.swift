/// What attributes of an event may be called (CloudEvents 1.0.2 §3.1), and which names are ours.
package enum AttributeName {
    /// The specification asks for 20 at most and forbids none.
    package static let bytesLimit = 64

    /// Set by the bridge on every line; a sender that brings one wants to speak in our name.
    package static let reserved: Set<String> = [
        "fxtenant", "authid", "sequence", "crc32c", "recordedtime", "fxbatchrest", "fxclaim", "fxreleased",
        "fxreplay",
    ]

    /// `[a-z0-9]`, 1 to 64 of them.
    package static func isValid(_ name: String) -> Bool {
        (1...bytesLimit).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || EventSource.isDigit(byte)
            }
    }
}
