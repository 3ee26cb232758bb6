import Testing

@testable import OperatorLog

@Suite struct TextTraitsTests {
    @Test func `each byte is judged alike wherever it stands`() {
        for byte in UInt8.min...UInt8.max {
            let isSpecial = byte < 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x5C
            for (length, place) in [(1, 0), (7, 3), (8, 0), (8, 7), (9, 8), (20, 11), (20, 19)] {
                var bytes = [UInt8](repeating: 0x61, count: length)
                bytes[place] = byte
                let traits = TextTraits(bytes.span)
                #expect(traits.hasSpecial == isSpecial, "\(byte) at \(place) of \(length)")
                guard !isSpecial else { continue }
                #expect(traits.hasSeparator == (byte == 0x20 || byte == 0x3D), "\(byte) at \(place) of \(length)")
                #expect(traits.hasUnderscore == (byte == 0x5F), "\(byte) at \(place) of \(length)")
            }
        }
        #expect(!TextTraits([UInt8]().span).hasSpecial)
    }
}
