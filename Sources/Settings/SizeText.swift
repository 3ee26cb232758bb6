/// Sizes as operators write them: `64MiB`, `10 MiB`, `1048576`. Binary units only: `MB` would mean two things.
package enum SizeText {
    private static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1), ("", 1),
    ]

    /// The bytes that `text` says; nil if it is no size or more than fits.
    package static func parse(_ text: String) -> Int? {
        guard let (number, unit) = NumberText.split(text), let found = units.first(where: { $0.name == unit }) else {
            return nil
        }
        let (bytes, isOverflow) = number.multipliedReportingOverflow(by: found.bytes)
        return isOverflow ? nil : bytes
    }

    /// In the largest unit that needs no fraction: `64MiB`, `1000`.
    package static func format(_ bytes: Int) -> String {
        let unit = units.first { bytes != 0 && $0.name != "B" && bytes % $0.bytes == 0 }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)"
    }
}

/// Durations as operators write them: `500ms`, `30s`, `5m`, `72h`, `14d`. The unit is never left out.
package enum DurationText {
    private static let units: [(name: String, milliseconds: Int)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    package static func parse(_ text: String) -> Duration? {
        guard let (number, unit) = NumberText.split(text), let found = units.first(where: { $0.name == unit }) else {
            return nil
        }
        let (milliseconds, isOverflow) = number.multipliedReportingOverflow(by: found.milliseconds)
        return isOverflow ? nil : .milliseconds(milliseconds)
    }

    /// In the largest unit that needs no fraction: `90s`, `2m`.
    package static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        let unit = units.first { milliseconds != 0 && milliseconds % $0.milliseconds == 0 }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.name)" } ?? "0s"
    }
}

/// Digits, then perhaps spaces, then perhaps a unit.
enum NumberText {
    static func split(_ text: String) -> (number: Int, unit: String)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let rest = text[digits.endIndex...]
        let unit = rest.drop { $0 == " " }
        // "64 " says that a unit was meant and forgotten.
        if unit.isEmpty, !rest.isEmpty { return nil }
        return (number, String(unit))
    }

    static func whole(_ text: String) -> Int? {
        guard let (number, unit) = split(text), unit.isEmpty else { return nil }
        return number
    }
}
