import JSONText
import Testing

struct JSONTextMutationTests {
    private static let documents = [
        #"{"event_source":"a b","event\u005ftype":"x.y","payload":{"n":[1,-0.5e+10,null,true,false],"s":"é\ud83d\ude00😀"}}"#,
        "[ {\"a\":[[],{}]},\r\n\t\"12345678901234567\\\"\\\\\", 1E400, 0, \"\u{7FF}\u{800}\u{FFFF}\" ]\n",
        "\"\\u00e9\\uD800\\uDC00\"", "-12.5E-7", " true ",
    ]

    @Test(arguments: documents)
    func `Every prefix is judged as the reference judges it`(document: String) {
        let bytes = Array(document.utf8)
        for length in 0...bytes.count { compare(Array(bytes[..<length])) }
    }

    @Test(arguments: documents)
    func `Every change, loss or doubling of one byte is judged as the reference judges it`(document: String) {
        let bytes = Array(document.utf8)
        for index in bytes.indices {
            var mutated = bytes
            for byte: UInt8 in 0...255 {
                mutated[index] = byte
                compare(mutated)
            }
            compare(Array(bytes[..<index] + bytes[(index + 1)...]))
            compare(Array(bytes[...index] + bytes[index...]))
        }
    }

    @Test func `Texts put together at random from JSON's tokens are judged as the reference judges them`() {
        let tokens = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u0062\"", "1", "-0", "1.5e3", "true", "null", " ", "\n",
        ]
        var random = SplitMix(state: 42)
        var accepted = 0
        for _ in 0..<60_000 {
            let length = Int(random.next() % 9) + 1
            var text = ""
            for _ in 0..<length { text += tokens[Int(random.next() % UInt64(tokens.count))] }
            if compare(Array(text.utf8)) { accepted += 1 }
        }
        // The generator is worth something only if it meets valid texts too.
        #expect(accepted > 1000)
    }

    /// Compares both scans with the reference; true if the text is valid.
    @discardableResult
    private func compare(_ bytes: [UInt8]) -> Bool {
        let expected = ReferenceChecker.accepts(bytes, depthLimit: 4)
        let validated = try? JSONScanner.validate(bytes, depthLimit: 4)
        let document = try? JSONScanner.members(of: bytes, depthLimit: 4)
        // Recorded only on failure: #expect costs more than the scan.
        if (validated != nil) != expected || document?.root != validated {
            Issue.record("judged differently: \(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        return expected
    }
}

/// Random numbers that are the same in every run (Steele, Lea and Flood's SplitMix64).
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
