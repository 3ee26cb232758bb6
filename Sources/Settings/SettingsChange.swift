/// What has become of settings that were read again.
package struct SettingsChange: Sendable {
    /// `log.level=debug, limits.json_depth=5`, in as many texts as it takes for each to fit into a line of the log; or else
    /// `nothing`.
    package let changed: [String]
    /// Keys alone, likewise.
    package let needingRestart: [String]

    /// What a line of the log shows of one value.
    private static let textBytesLimit = 500

    /// - Parameters:
    ///   - differences: of `fresh` from what was in force.
    ///   - refused: keys that could not be taken over after all.
    package init(_ differences: [SettingDefinition], in fresh: BridgeSettings, except refused: Set<String>) {
        let live = Self.texts(
            differences.filter { $0.isLive && !refused.contains($0.key) }
                .map { "\($0.key)=\(fresh.effective[$0.key]?.text ?? "")" })
        changed = live.isEmpty ? ["nothing"] : live
        needingRestart = Self.texts(differences.filter { !$0.isLive }.map(\.key))
    }

    private static func texts(_ items: [String]) -> [String] {
        items.reduce(into: []) { texts, item in
            if let last = texts.last, last.utf8.count + 2 + item.utf8.count <= textBytesLimit {
                texts[texts.count - 1] = "\(last), \(item)"
            } else {
                texts.append(item)
            }
        }
    }
}
