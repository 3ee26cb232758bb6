import Events
import Testing

@testable import StatusIndex

@Suite struct PackedNameTests {
    @Test(arguments: [uuid7(0), uuid7(123_456_789), "01990000-0000-7fff-bfff-ffffffffffff"])
    func `A UUIDv7 in lower case is stored as its bits and read back as it was`(name: String) {
        guard case .timeOrdered(let high, let low) = PackedName(name) else {
            Issue.record("not time-ordered: \(name)")
            return
        }
        #expect(PackedName.text(ofBlob: bytes(high) + bytes(low)) == Array(name.utf8))
    }

    @Test(arguments: [
        uuid4(1), uuid4(2), "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        // Version 7, but of 1970: its bits would sort among the scattered names.
        "00000000-0001-7000-8000-000000000000",
    ])
    func `Any other UUID in lower case is stored behind a zero byte and read back as it was`(name: String) {
        guard case .otherUUID(let high, let low) = PackedName(name) else {
            Issue.record("not a scattered UUID: \(name)")
            return
        }
        #expect(PackedName.text(ofBlob: [0] + bytes(high) + bytes(low)) == Array(name.utf8))
    }

    @Test(arguments: [
        "", "a", uuid7(1).uppercased(), uuid7(1) + "0", String(uuid7(1).dropLast()), "nightly:2026.01.02_a-b",
        "0199000g-0000-7000-8000-000000000000", "01990000-0000-7000-8000-00000000000G",
        "01990000+0000-7000-8000-000000000000", "01990000-0000-7000-80000-00000000000",
        "/1990000-0000-7000-8000-000000000000", ":1990000-0000-7000-8000-000000000000",
    ])
    func `Whatever is not exactly a UUID in lower case stays text`(name: String) {
        #expect(PackedName(name) == .text(slice(name)))
    }

    @Test(arguments: 0..<36)
    func `At each place of a UUID only what may stand there makes it one`(place: Int) {
        let digits = Set("0123456789abcdef".utf8)
        let isHyphen = [8, 13, 18, 23].contains(place)
        for byte in UInt8.min...UInt8.max {
            var name = Array("0198c8a5-1b2c-7d3e-8f40-5162738495a6".utf8)
            name[place] = byte
            let isUUID = isHyphen ? byte == UInt8(ascii: "-") : digits.contains(byte)
            guard let (high, low) = UUIDText.read(name.span) else {
                #expect(!isUUID, "\(byte) at \(place)")
                continue
            }
            #expect(isUUID, "\(byte) at \(place)")
            #expect(PackedName.text(ofBlob: bytes(high) + bytes(low)) == name)
        }
    }

    private func bytes(_ number: UInt64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt64($0)) }
    }
}
