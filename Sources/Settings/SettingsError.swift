import Glibc

/// Why there are no settings to run with.
package enum SettingsError: Error, Equatable, Sendable {
    case unreadable(path: String, errno: Int32)
    case tooLarge(path: String, bytesLimit: Int)
    /// Everything that is wrong in the file and in the environment, in the order it was met.
    case invalid(path: String, [SettingsProblem])
}

extension SettingsError: CustomStringConvertible {
    /// One line per problem, each with its place: `fx-bridge.yaml:12:3: unknown key "spool.dir"; …`.
    package var description: String {
        switch self {
        case .unreadable(let path, let errno): "\(path): \(unsafe String(cString: strerror(errno)))"
        case .tooLarge(let path, let limit): "\(path): larger than \(limit) bytes, the most a settings file may have"
        case .invalid(let path, let problems): problems.map { $0.description(path: path) }.joined(separator: "\n")
        }
    }
}

/// One thing that is wrong in the settings.
package struct SettingsProblem: Error, Equatable, Sendable {
    package enum Place: Equatable, Sendable {
        /// Both from 1.
        case file(line: Int, column: Int)
        case environment(name: String)
        /// `--set` with that key.
        case flag(String)
        /// Two settings that are each right and do not go together.
        case whole

        var origin: SettingOrigin {
            switch self {
            case .file(let line, _): .file(line: line)
            case .environment(let name): .environment(name: name)
            case .flag: .flag
            case .whole: .standard
            }
        }
    }

    package enum Fault: Equatable, Sendable {
        /// libyaml's words.
        case syntax(String)
        case unsupported(Feature)
        /// `siblings`: what the same section does have, or all sections if it is unknown too.
        case unknownKey(String, siblings: [String])
        case duplicateKey(String, firstLine: Int)
        case unknownVariable
        /// A value stands where a section must; nil for the file as a whole.
        case notASection(key: String?)
        case notAValue(key: String, allowed: String)
        case wrongValue(key: String, text: String, allowed: String)
        case lessThan(key: String, otherKey: String)
        /// `--set` without `=`.
        case noValueInFlag
        /// A path begins with `$CREDENTIALS_DIRECTORY`, and there is none.
        case noCredentialsDirectory(key: String)
    }

    /// YAML that a settings file has no use for.
    package enum Feature: String, Sendable {
        case anchorOrTag = "anchors and tags"
        case alias = "aliases"
        case list = "lists"
        case severalDocuments = "several documents"
        case keyWithoutName = "keys that are not plain names"
        case depth = "sections this deep"
    }

    package var place: Place
    package var fault: Fault

    package func description(path: String) -> String {
        switch place {
        case .file(let line, let column): "\(path):\(line):\(column): \(sentence)"
        case .environment(let name): "environment variable \(name): \(sentence)"
        case .flag(let key): "--set \(Self.shortened(key)): \(sentence)"
        case .whole: "\(path): \(sentence)"
        }
    }

    private var sentence: String {
        switch fault {
        case .syntax(let problem): "not YAML: \(problem)"
        case .unsupported(let feature): "\(feature.rawValue) are not supported in settings"
        case .unknownKey(let key, let siblings):
            "unknown key \"\(Self.shortened(key))\"; there are \(siblings.joined(separator: ", "))"
        case .duplicateKey(let key, let line): "\"\(Self.shortened(key))\" stands on line \(line) already"
        case .unknownVariable: "names no setting; variables that begin with FX_ must"
        case .notASection(let key?): "\"\(key)\" is a section: its members go on lines of their own, indented below it"
        case .notASection(nil): "settings are sections with members, such as \"log:\" and below it \"  level: info\""
        case .notAValue(let key, let allowed): "\"\(key)\" must be \(allowed)"
        case .wrongValue(let key, let text, let allowed):
            "\"\(key)\" is \"\(Self.shortened(text))\" and must be \(allowed)"
        case .noValueInFlag: "must be a key and its value, such as log.level=debug"
        case .noCredentialsDirectory(let key):
            "\"\(key)\" begins with $CREDENTIALS_DIRECTORY, which systemd sets where the unit has LoadCredential="
        case .lessThan(let key, let otherKey): "\"\(key)\" must not be less than \"\(otherKey)\""
        }
    }

    private static func shortened(_ text: String) -> String {
        text.count > 60 ? text.prefix(60) + "…" : text
    }
}
