extension BridgeSettings {
    /// Variables that begin with `FX_` and are no settings: fxctl's default for `--config`.
    package static let otherVariables: Set<String> = ["FX_CONFIG"]
    /// What the project's own tests pass around.
    package static let testVariablePrefix = "FX_TEST_"

    /// The settings of a process: the defaults, over them the file, over it the environment, over it the flags.
    ///
    /// - Parameter path: relative to the working directory, if it is relative.
    /// - Throws: ``SettingsError``, with all that is wrong at once.
    package static func read(
        path: String, environment: [String: String], flags: [String] = []
    ) throws(SettingsError) -> BridgeSettings {
        let text = try SettingsFile.read(path, bytesLimit: SettingsText.bytesLimit)
        return try BridgeSettings(
            text: text, path: path, directory: SettingsFile.directory(of: path), environment: environment, flags: flags)
    }

    /// - Parameter path: named in errors.
    /// - Parameter directory: where relative paths start.
    /// - Parameter flags: what `--set` was given: `log.level=debug`.
    package init(
        text: [UInt8], path: String, directory: String, environment: [String: String], flags: [String] = []
    ) throws(SettingsError) {
        self.init(directory: directory, credentialsDirectory: environment["CREDENTIALS_DIRECTORY"])
        var problems: [SettingsProblem] = []

        let file: SettingsText
        do { file = try SettingsText(text) } catch {
            throw .invalid(
                path: path,
                [SettingsProblem(place: .file(line: error.line, column: error.column), fault: .syntax(error.problem))])
        }
        problems += file.problems

        for definition in SettingDefinition.all {
            // Only a long directory can make a default wrong: then the key is the thing to change.
            set(definition, definition.defaultText, place: .whole, &problems)
        }
        for entry in file.entries { apply(entry, &problems) }
        apply(environment, &problems)
        for flag in flags { apply(flag: flag, &problems) }

        // What was judged by default and then set well is no problem; what is wrong in two places is said twice.
        problems.removeAll { problem in
            guard problem.place == .whole, case .wrongValue(let key, _, _) = problem.fault else { return false }
            return file.entries.contains { $0.key == key } || environment[Self.environmentNames[key] ?? ""] != nil
                || flags.contains { $0.hasPrefix(key + "=") }
        }
        if limits.bodyBytes > spool.pendingBytesLimit {
            // Else the largest allowed event could never be accepted, and its sender would be told to try again.
            let fault = SettingsProblem.Fault.lessThan(key: "spool.pending_bytes_limit", otherKey: "limits.body_bytes")
            problems.append(SettingsProblem(place: .whole, fault: fault))
        }
        guard problems.isEmpty else { throw .invalid(path: path, problems) }
    }

    private static let definitions = Dictionary(
        SettingDefinition.all.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    private static let environmentNames = Dictionary(
        SettingDefinition.all.map { ($0.key, $0.environmentName) }, uniquingKeysWith: { first, _ in first })

    private mutating func apply(_ entry: SettingsText.Entry, _ problems: inout [SettingsProblem]) {
        let place = SettingsProblem.Place.file(line: entry.line, column: entry.column)
        let members = SettingDefinition.all.filter { $0.section == entry.key }.map { String($0.name) }
        switch (Self.definitions[entry.key], entry.value) {
        case (let definition?, .text(let text)): set(definition, text, place: place, &problems)
        case (let definition?, .none), (let definition?, .emptySection):
            let fault = SettingsProblem.Fault.notAValue(key: entry.key, allowed: definition.allowed)
            problems.append(SettingsProblem(place: place, fault: fault))
        // A section whose members are all commented out.
        case (nil, .none) where !members.isEmpty, (nil, .emptySection) where !members.isEmpty: break
        case (nil, .text) where !members.isEmpty:
            problems.append(SettingsProblem(place: place, fault: .notASection(key: entry.key)))
        case (nil, _):
            problems.append(SettingsProblem(place: place, fault: Self.unknown(entry.key)))
        }
    }

    private mutating func apply(_ environment: [String: String], _ problems: inout [SettingsProblem]) {
        let byName = Dictionary(
            SettingDefinition.all.map { ($0.environmentName, $0) }, uniquingKeysWith: { first, _ in first })
        for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("FX_") {
            if let definition = byName[name] {
                set(definition, text, place: .environment(name: name), &problems)
            } else if !Self.otherVariables.contains(name), !name.hasPrefix(Self.testVariablePrefix) {
                problems.append(SettingsProblem(place: .environment(name: name), fault: .unknownVariable))
            }
        }
    }

    private mutating func apply(flag: String, _ problems: inout [SettingsProblem]) {
        let parts = flag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let place = SettingsProblem.Place.flag(String(parts[0]))
        if parts.count == 2, let definition = Self.definitions[String(parts[0])] {
            set(definition, String(parts[1]), place: place, &problems)
        } else {
            let fault = parts.count == 2 ? Self.unknown(String(parts[0])) : .noValueInFlag
            problems.append(SettingsProblem(place: place, fault: fault))
        }
    }

    private mutating func set(
        _ definition: SettingDefinition, _ text: String, place: SettingsProblem.Place,
        _ problems: inout [SettingsProblem]
    ) {
        if definition.isPath, text.hasPrefix(Self.credentialsVariable), credentialsDirectory == nil {
            problems.append(SettingsProblem(place: place, fault: .noCredentialsDirectory(key: definition.key)))
            return
        }
        guard !definition.store(text, &self) else {
            let shown = definition.isPath && !text.isEmpty ? absolutePath(text) : text
            effective[definition.key] = EffectiveSetting(text: shown, origin: place.origin)
            return
        }
        let fault = SettingsProblem.Fault.wrongValue(key: definition.key, text: text, allowed: definition.allowed)
        problems.append(SettingsProblem(place: place, fault: fault))
    }

    /// Names what the operator may have meant: the members of the same section, else the sections.
    private static func unknown(_ key: String) -> SettingsProblem.Fault {
        let section = key.prefix { $0 != "." }
        let siblings = SettingDefinition.all.filter { $0.section == section }.map(\.key)
        guard siblings.isEmpty else { return .unknownKey(key, siblings: siblings) }
        var sections: [String] = []
        for definition in SettingDefinition.all where sections.last != String(definition.section) {
            sections.append(String(definition.section))
        }
        return .unknownKey(key, siblings: sections)
    }
}
