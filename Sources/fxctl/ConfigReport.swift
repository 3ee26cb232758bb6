import Settings

/// What `fxctl config show` tells.
///
/// ```json
/// {"file":"/etc/fx-bridge/fx-bridge.yaml",
///  "settings":[{"key":"log.level","value":"debug","source":"file","line":17,"live":true}]}
/// ```
/// `source` is `default`, `file` (with `line`), `environment` (with `variable`) or `flag`; `live` says whether a running
/// bridge takes a new value on SIGHUP.
struct ConfigReport: Encodable {
    struct Setting: Encodable {
        var key: String
        var value: String
        var source: String
        var line: Int?
        var variable: String?
        var live: Bool
    }

    var file: String
    var settings: [Setting] = []
    private var origins: [String] = []

    private enum CodingKeys: String, CodingKey { case file, settings }

    init(_ settings: BridgeSettings, path: String, isChangedOnly: Bool) {
        file = path
        for definition in SettingDefinition.all {
            guard let effective = settings.effective[definition.key] else { continue }
            if isChangedOnly, effective.origin == .standard { continue }
            var setting = Setting(
                key: definition.key, value: effective.text, source: "default", live: definition.isLive)
            switch effective.origin {
            case .standard: break
            case .file(let line):
                setting.source = "file"
                setting.line = line
            case .environment(let name):
                setting.source = "environment"
                setting.variable = name
            case .flag: setting.source = "flag"
            }
            self.settings.append(setting)
            origins.append(effective.origin.description(path: path))
        }
    }

    var text: String {
        let rows = zip(settings, origins).map { setting, origin in
            [setting.key, setting.value.isEmpty ? "\"\"" : setting.value, setting.live ? "SIGHUP" : "restart", origin]
        }
        return TextTable.text([["SETTING", "VALUE", "CHANGES ON", "FROM"]] + rows)
    }
}

/// What `fxctl config defaults` tells.
///
/// ```json
/// {"settings":[{"key":"log.level","default":"info","allowed":"one of trace, …","summary":"The least …","live":true,
///               "variable":"FX_LOG_LEVEL"}]}
/// ```
struct DefaultsReport: Encodable {
    struct Setting: Encodable {
        var key: String
        var `default`: String
        var allowed: String
        var summary: String
        var live: Bool
        var variable: String
    }

    var settings = SettingDefinition.all.map { definition in
        Setting(
            key: definition.key, default: definition.defaultText, allowed: definition.allowed,
            summary: definition.summary, live: definition.isLive, variable: definition.environmentName)
    }
}
