/// What is in force for one key, and who said so.
package struct EffectiveSetting: Sendable, Equatable {
    /// As it would stand in the file; a path is absolute.
    package let text: String
    package let origin: SettingOrigin
}

/// Where a setting comes from; a later one overrules an earlier one.
package enum SettingOrigin: Sendable, Equatable {
    case standard
    /// From 1.
    case file(line: Int)
    case environment(name: String)
    /// `--set`
    case flag

    /// `/etc/fx-bridge/fx-bridge.yaml:17`, where the file is called so.
    package func description(path: String) -> String {
        switch self {
        case .standard: "default"
        case .file(let line): "\(path):\(line)"
        case .environment(let name): "environment variable \(name)"
        case .flag: "--set"
        }
    }
}

extension BridgeSettings {
    /// The settings of a program that are not the same in `other`, in the order of ``SettingDefinition/all``.
    package func differences(
        from other: BridgeSettings, for reader: SettingDefinition.Reader
    ) -> [SettingDefinition] {
        SettingDefinition.all.filter {
            $0.isRead(by: reader) && effective[$0.key]?.text != other.effective[$0.key]?.text
        }
    }

    /// Takes over the values of `other` that a running process may take, and no others.
    ///
    /// - Parameter refused: keys that could not be taken over after all.
    package mutating func adoptLive(from other: BridgeSettings, except refused: Set<String> = []) {
        for definition in SettingDefinition.all where definition.isLive && !refused.contains(definition.key) {
            guard let setting = other.effective[definition.key] else { continue }
            // It was allowed there, and its paths are absolute by now.
            precondition(definition.store(setting.text, &self), "\(definition.key) was allowed a moment ago")
            effective[definition.key] = setting
        }
    }
}
