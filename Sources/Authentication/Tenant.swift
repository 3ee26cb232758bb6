/// Whose events these are; what one tenant submitted does not exist for another.
///
/// 1 to 63 bytes, `[a-z0-9][a-z0-9._-]*`: fit for a file name, a metric label and a CloudEvents attribute.
package struct Tenant: Hashable, Sendable {
    package static let bytesLimit = 63

    package let name: String

    package init?(_ name: String) {
        guard (1...Self.bytesLimit).contains(name.utf8.count) else { return nil }
        for (position, byte) in name.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): if position == 0 { return nil }
            default: return nil
            }
        }
        self.name = name
    }
}

extension Tenant: CustomStringConvertible {
    package var description: String { name }
}
