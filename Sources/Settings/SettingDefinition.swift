/// One setting: its name, its default, what it may be, what it is for.
///
/// ``all`` is the single source: parsing, checks, the listing and the test of `deploy/fx-bridge.yaml` come from it.
package struct SettingDefinition: Sendable {
    /// `section.name`.
    package let key: String
    /// As it would stand in the file.
    package let defaultText: String
    /// Completes "must be …": `a whole number from 1 to 64`.
    package let allowed: String
    /// One sentence; `deploy/fx-bridge.yaml` carries it above the key.
    package let summary: String
    var isPath = false
    /// Whether a running process takes a new value when it is told to read its settings again.
    package var isLive = false
    /// Puts a text into the settings; false if it is not allowed.
    let store: @Sendable (String, inout BridgeSettings) -> Bool

    /// The same, taken by a running process too.
    var live: SettingDefinition {
        var copy = self
        copy.isLive = true
        return copy
    }

    /// `FX_SPOOL_DIRECTORY` for `spool.directory`.
    package var environmentName: String {
        "FX_" + key.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }

    /// The programs that go by the settings.
    package enum Reader: Sendable {
        case bridge, runner
    }

    package func isRead(by reader: Reader) -> Bool {
        switch reader {
        case .bridge: section != "runner"
        case .runner: section == "runner" || Self.sharedKeys.contains(key)
        }
    }

    /// What fx-runner goes by beside `runner.`.
    private static let sharedKeys: Set<String> = [
        "spool.directory", "spool.segment_bytes", "spool.free_bytes_reserve", "process.drain_timeout", "log.level",
        "log.format",
    ]

    var section: Substring { key.prefix { $0 != "." } }
    var name: Substring { key.drop { $0 != "." }.dropFirst() }

    /// Every setting with default and bounds, as text for a terminal.
    package static func listing() -> String {
        all.map { "\($0.key): \($0.defaultText)\n    \($0.summary)\n    Must be \($0.allowed).\n" }.joined()
    }
}

extension SettingDefinition {
    typealias Place<Value> = any WritableKeyPath<BridgeSettings, Value> & Sendable

    static func count(
        _ key: String, _ place: Place<Int>, _ defaultText: String, _ bounds: ClosedRange<Int>, _ summary: String
    ) -> SettingDefinition {
        of(
            key, place, defaultText, "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)", summary
        ) { text in NumberText.whole(text).flatMap { bounds.contains($0) ? $0 : nil } }
    }

    static func bytes(
        _ key: String, _ place: Place<Int>, _ defaultText: String, _ bounds: ClosedRange<Int>, _ summary: String
    ) -> SettingDefinition {
        let lower = SizeText.format(bounds.lowerBound)
        let upper = SizeText.format(bounds.upperBound)
        return of(key, place, defaultText, "a size from \(lower) to \(upper), such as 64MiB or 1048576", summary) {
            text in SizeText.parse(text).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    static func duration(
        _ key: String, _ place: Place<Duration>, _ defaultText: String, _ bounds: ClosedRange<Duration>,
        _ summary: String
    ) -> SettingDefinition {
        let lower = DurationText.format(bounds.lowerBound)
        let upper = DurationText.format(bounds.upperBound)
        return of(key, place, defaultText, "a duration from \(lower) to \(upper), such as 500ms, 30s or 5m", summary) {
            text in DurationText.parse(text).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    /// A path; a relative one starts at the settings file's directory, so that a service's working directory is
    /// of no consequence.
    static func path(
        _ key: String, _ place: Place<String>, _ defaultText: String, bytesLimit: Int = 4095, _ summary: String
    ) -> SettingDefinition {
        SettingDefinition(
            key: key, defaultText: defaultText, allowed: "a path of at most \(bytesLimit) bytes once it is absolute",
            summary: summary, isPath: true
        ) { text, settings in
            guard !text.isEmpty, hasNoControls(text) else { return false }
            let absolute = settings.absolutePath(text)
            guard absolute.utf8.count <= bytesLimit else { return false }
            settings[keyPath: place] = absolute
            return true
        }
    }

    /// A path as above; empty for none.
    static func optionalPath(
        _ key: String, _ place: Place<String?>, _ defaultText: String, bytesLimit: Int = 4095, _ summary: String
    ) -> SettingDefinition {
        SettingDefinition(
            key: key, defaultText: defaultText,
            allowed: "a path of at most \(bytesLimit) bytes once it is absolute, or \"\" for none", summary: summary,
            isPath: true
        ) { text, settings in
            guard hasNoControls(text) else { return false }
            let absolute = text.isEmpty ? nil : settings.absolutePath(text)
            guard absolute?.utf8.count ?? 0 <= bytesLimit else { return false }
            settings[keyPath: place] = absolute
            return true
        }
    }

    static func text(
        _ key: String, _ place: Place<String>, _ defaultText: String, bytesLimit: Int, _ summary: String
    ) -> SettingDefinition {
        of(key, place, defaultText, "a text of 1 to \(bytesLimit) bytes without control characters", summary) { text in
            (1...bytesLimit).contains(text.utf8.count) && hasNoControls(text) ? text : nil
        }
    }

    /// Characters that RFC 3986 §2 lets stand in a URI reference.
    static func uriReference(
        _ key: String, _ place: Place<String>, _ defaultText: String, bytesLimit: Int, _ summary: String
    ) -> SettingDefinition {
        of(
            key, place, defaultText,
            "a URI reference (RFC 3986) of 1 to \(bytesLimit) bytes, such as /fx/events/generic", summary
        ) { text in
            let excluded = Array("\"<>\\^`{|} ".utf8)
            let isReference = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) && !excluded.contains($0) }
            return (1...bytesLimit).contains(text.utf8.count) && isReference ? text : nil
        }
    }

    /// The name of a group; empty for none.
    static func group(
        _ key: String, _ place: Place<String?>, _ defaultText: String, _ summary: String
    ) -> SettingDefinition {
        of(key, place, defaultText, "the name of a group, or \"\" for the process's own", summary) { text in
            guard text.utf8.count <= 32, hasNoControls(text), !text.contains(" ") else { return nil }
            return .some(text.isEmpty ? nil : text)
        }
    }

    /// Permission bits.
    static func mode(
        _ key: String, _ place: Place<UInt32>, _ defaultText: String, _ summary: String
    ) -> SettingDefinition {
        of(key, place, defaultText, "three or four octal digits in quotes, such as \"0660\"", summary) { text in
            guard (3...4).contains(text.utf8.count), let mode = UInt32(text, radix: 8), mode <= 0o777 else {
                return nil
            }
            return text.utf8.allSatisfy { (0x30...0x37).contains($0) } ? mode : nil
        }
    }

    static func choice<Value: CaseIterable & RawRepresentable & Sendable>(
        _ key: String, _ place: Place<Value>, _ defaultText: String, _ summary: String
    ) -> SettingDefinition where Value.RawValue == String {
        let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return of(key, place, defaultText, "one of \(names)", summary) { Value(rawValue: $0) }
    }

    private static func of<Value>(
        _ key: String, _ place: Place<Value>, _ defaultText: String, _ allowed: String, _ summary: String,
        parse: @escaping @Sendable (String) -> Value?
    ) -> SettingDefinition {
        SettingDefinition(key: key, defaultText: defaultText, allowed: allowed, summary: summary) { text, settings in
            guard let value = parse(text) else { return false }
            settings[keyPath: place] = value
            return true
        }
    }

    private static func hasNoControls(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
