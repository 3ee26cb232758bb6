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
    /// The settings that are not the same in `other`, in the order of ``SettingDefinition/all``.
    package func differences(from other: BridgeSettings) -> [SettingDefinition] {
        SettingDefinition.all.filter { effective[$0.key]?.text != other.effective[$0.key]?.text }
    }
}

extension BridgeSettings {
    /// Takes over the values of `other` that a running process may take, and no others.
    package mutating func adoptLive(from other: BridgeSettings) {
        for definition in SettingDefinition.all where definition.isLive {
            guard let setting = other.effective[definition.key] else { continue }
            // It was allowed there, and no live setting depends on where paths start.
            precondition(definition.store(setting.text, &self), "\(definition.key) was allowed a moment ago")
            effective[definition.key] = setting
        }
    }
}
