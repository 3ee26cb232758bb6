import Authentication
import JSONText
import Settings

/// Reads `services.yaml`.
///
/// ```yaml
/// services:
///   invoice:
///     command: [bin/invoice, --currency, EUR]
///     match: {types: [com.example.order.*], data: {/order/total: {exists: true}}}
///     limits: {time: 30s, memory: 256MiB}
///     retries: {attempts: 5}
/// ```
/// README.md has every key. What is not known, of the wrong kind or out of range is told with its place, all at once.
package struct ServicesFile {
    package static let bytesLimit = 1 << 20
    /// What a command, a list of patterns or an environment may have.
    static let elementsLimit = 256
    static let textBytesLimit = 4096

    private let directory: String
    private var problems: [ServicesError.Problem] = []

    package static func read(_ path: String) throws(ServicesError) -> ServiceCatalog {
        let text: [UInt8]
        let directory: String
        do {
            text = try SettingsFile.read(path, bytesLimit: bytesLimit)
            directory = try SettingsFile.directory(of: path)
        } catch {
            throw .unreadable(.init(sentence: "\(error)"))
        }
        return try parse(text, path: path, directory: directory)
    }

    /// - Parameters:
    ///   - path: named in errors.
    ///   - directory: where relative paths start.
    package static func parse(
        _ text: [UInt8], path: String, directory: String
    ) throws(ServicesError) -> ServiceCatalog {
        var file = ServicesFile(directory: directory)
        let root: YAMLNode?
        do { root = try YAMLNode.document(text) } catch {
            let place = error.place
            throw .invalid(path: path, [.init(line: place.line, column: place.column, sentence: error.problem)])
        }
        let services = file.services(root)
        guard file.problems.isEmpty else {
            throw .invalid(path: path, file.problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
        }
        return ServiceCatalog(services: services)
    }

    private init(directory: String) {
        self.directory = directory
    }
}

// MARK: - The parts of the file

extension ServicesFile {
    private mutating func services(_ root: YAMLNode?) -> [Service] {
        guard let root, !root.isNull else { return [] }
        var services: [Service] = []
        for member in members(of: root, called: "the file", known: ["services"]) where !member.value.isNull {
            guard case .mapping(let entries) = member.value.content else {
                complain(member.value.place, "\"services\" must be a mapping of names to services")
                continue
            }
            if entries.count > ServiceCatalog.servicesLimit {
                complain(member.place, "there are more than \(ServiceCatalog.servicesLimit) services")
            }
            for entry in entries.prefix(ServiceCatalog.servicesLimit) {
                if let service = service(entry) { services.append(service) }
            }
        }
        return services
    }

    private mutating func service(_ entry: YAMLNode.Member) -> Service? {
        let known = [
            "command", "match", "limits", "retries", "lost", "expires", "user", "directory", "environment",
            "event_file", "reserved_members",
        ]
        if !Self.isServiceName(entry.name) {
            complain(
                entry.place,
                "\"\(entry.name.prefix(80))\" is no service's name: 1 to 63 of a-z, 0-9, . _ and -, the first one a letter "
                    + "or a digit")
        }
        let members = members(of: entry.value, called: "\"\(entry.name.prefix(80))\"", known: known)
        func value(_ name: String) -> YAMLNode? { members.first { $0.name == name }?.value }

        let command = value("command").flatMap { texts($0, "command", isEmptyAllowed: false) }
        let match = value("match").flatMap { eventMatch($0) }
        if value("command") == nil { complain(entry.place, "\"command\" is missing: a list of program and arguments") }
        if value("match") == nil { complain(entry.place, "\"match\" is missing: which events trigger the service") }

        var service = Service(name: entry.name, command: command ?? [], match: match ?? EventMatch(types: []))
        if let program = service.command.first, program.contains("/") {
            service.command[0] = absolute(program)
        }
        if let node = value("limits") { service.limits = limits(node) }
        if let node = value("retries") { service.retries = retries(node) }
        if let node = value("lost"), let policy = choice(node, "lost", Service.LostPolicy.self) {
            service.lost = policy
        }
        if let node = value("expires") {
            duration(node, "expires", .seconds(1) ... .seconds(36_500 * 86_400)).map { service.expires = $0 }
        }
        if let node = value("user") { service.user = text(node, "user") }
        if let node = value("directory") { service.directory = text(node, "directory").map(absolute) }
        if let node = value("environment") { service.environment = environment(node) }
        if let node = value("event_file") { flag(node, "event_file").map { service.wantsEventFile = $0 } }
        if let node = value("reserved_members"),
            let choice = choice(node, "reserved_members", ReservedMembers.Treatment.self)
        {
            service.keepsReservedMembers = choice == .pass
        }
        return command == nil || match == nil ? nil : service
    }

    private mutating func eventMatch(_ node: YAMLNode) -> EventMatch? {
        let members = members(of: node, called: "\"match\"", known: ["types", "sources", "tenants", "data"])
        func value(_ name: String) -> YAMLNode? { members.first { $0.name == name }?.value }

        guard let types = value("types") else {
            complain(
                node.place, "\"types\" is missing: a list of patterns for the event's type, such as [com.example.*]")
            return nil
        }
        var match = EventMatch(types: globs(types, "types"))
        if let sources = value("sources") { match.sources = globs(sources, "sources") }
        if let tenants = value("tenants") { match.tenants = texts(tenants, "tenants", isEmptyAllowed: false) ?? [] }
        if let data = value("data") { match.conditions = conditions(data) }
        return match
    }

    private mutating func conditions(_ node: YAMLNode) -> [PayloadCondition] {
        guard case .mapping(let members) = node.content else {
            complain(node.place, "\"data\" must be a mapping of JSON pointers, such as /order/region: {equals: eu}")
            return []
        }
        if members.count > Self.elementsLimit {
            complain(node.place, "\"data\" has more than \(Self.elementsLimit) members")
        }
        return members.prefix(Self.elementsLimit).compactMap { member in
            guard let pointer = JSONPointer(member.name) else {
                complain(
                    member.place, "\"\(member.name.prefix(80))\" is no JSON pointer (RFC 6901), such as /order/region")
                return nil
            }
            return test(member).map { PayloadCondition(pointer: pointer, test: $0) }
        }
    }

    private mutating func test(_ member: YAMLNode.Member) -> PayloadCondition.Test? {
        let problem = "\"\(member.name.prefix(80))\" must be one of {equals: VALUE}, {in: [VALUE, …]}, {exists: true}"
        guard case .mapping(let tests) = member.value.content, tests.count == 1, let test = tests.first else {
            complain(member.value.place, problem)
            return nil
        }
        switch (test.name, test.value.content) {
        case ("equals", _):
            if let scalar = JSONScalar(test.value) { return .isOneOf([scalar]) }
            complain(test.value.place, "\"equals\" compares texts, numbers, true, false and null only")
        case ("in", .list(let elements)) where (1...Self.elementsLimit).contains(elements.count):
            let scalars = elements.compactMap { JSONScalar($0) }
            if scalars.count == elements.count { return .isOneOf(scalars) }
            complain(test.value.place, "\"in\" compares texts, numbers, true, false and null only")
        case ("exists", _): return flag(test.value, "exists").map { .exists($0) }
        default: complain(test.place, problem)
        }
        return nil
    }

    private mutating func limits(_ node: YAMLNode) -> Service.Limits {
        var limits = Service.Limits()
        for member in members(
            of: node, called: "\"limits\"", known: ["time", "grace", "output", "memory", "concurrency"])
        {
            let value = member.value
            switch member.name {
            case "time": duration(value, "time", .milliseconds(100) ... .seconds(86_400)).map { limits.time = $0 }
            case "grace": duration(value, "grace", .zero ... .seconds(600)).map { limits.grace = $0 }
            case "output": size(value, "output", 1...ExecutionData.bytesLimit).map { limits.outputBytes = $0 }
            case "memory": size(value, "memory", 1 << 20...1 << 40).map { limits.memoryBytes = $0 }
            default: count(value, "concurrency", 1...1024).map { limits.concurrency = $0 }
            }
        }
        return limits
    }

    private mutating func retries(_ node: YAMLNode) -> RetryPolicy {
        var policy = RetryPolicy.none
        for member in members(
            of: node, called: "\"retries\"", known: ["attempts", "base", "factor", "cap", "jitter"])
        {
            let value = member.value
            switch member.name {
            case "attempts": count(value, "attempts", 1...1000).map { policy.attempts = $0 }
            case "base": duration(value, "base", .milliseconds(1) ... .seconds(86_400)).map { policy.base = $0 }
            case "cap": duration(value, "cap", .milliseconds(1) ... .seconds(86_400)).map { policy.cap = $0 }
            case "factor": number(value, "factor", 1...100).map { policy.factor = $0 }
            default: number(value, "jitter", 0...1).map { policy.jitter = $0 }
            }
        }
        return policy
    }

    private mutating func environment(_ node: YAMLNode) -> [String: String] {
        guard case .mapping(let members) = node.content, members.count <= Self.elementsLimit else {
            complain(node.place, "\"environment\" must be a mapping of at most \(Self.elementsLimit) names to texts")
            return [:]
        }
        var environment: [String: String] = [:]
        for member in members {
            let bytes = Array(member.name.utf8)
            let isName =
                bytes.first.map { !(0x30...0x39).contains($0) } == true
                && bytes.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "=") && $0 < 0x7F }
            if !isName || member.name.hasPrefix("FX_") {
                complain(
                    member.place, "\"\(member.name.prefix(80))\" is no name for a variable, or one of the runner's own")
            } else if let value = text(member.value, member.name, isEmptyAllowed: true) {
                environment[member.name] = value
            }
        }
        return environment
    }
}

// MARK: - Values

extension ServicesFile {
    /// The members of a mapping; those that are not known are told and left out.
    private mutating func members(of node: YAMLNode, called name: String, known: [String]) -> [YAMLNode.Member] {
        guard case .mapping(let members) = node.content else {
            complain(
                node.place, "\(name) must be a mapping with members such as \(known.prefix(2).joined(separator: ", "))")
            return []
        }
        return members.filter { member in
            if known.contains(member.name) { return true }
            complain(
                member.place, "unknown key \"\(member.name.prefix(80))\"; there are \(known.joined(separator: ", "))")
            return false
        }
    }

    private mutating func texts(_ node: YAMLNode, _ name: String, isEmptyAllowed: Bool) -> [String]? {
        guard case .list(let elements) = node.content, isEmptyAllowed || !elements.isEmpty,
            elements.count <= Self.elementsLimit
        else {
            complain(node.place, "\"\(name)\" must be a list of 1 to \(Self.elementsLimit) texts, such as [one, two]")
            return nil
        }
        let texts = elements.compactMap { text($0, name, isEmptyAllowed: name == "command") }
        return texts.count == elements.count ? texts : nil
    }

    private mutating func globs(_ node: YAMLNode, _ name: String) -> [Glob] {
        (texts(node, name, isEmptyAllowed: false) ?? []).compactMap { text in
            if let glob = Glob(text) { return glob }
            complain(
                node.place, "\"\(name)\": a pattern has 1 to \(Glob.patternBytesLimit) bytes, * and ? stand for others")
            return nil
        }
    }

    private mutating func text(_ node: YAMLNode, _ name: String, isEmptyAllowed: Bool = false) -> String? {
        if case .scalar(let text, let isPlain) = node.content, isEmptyAllowed || !text.isEmpty,
            !(isPlain && node.isNull && !isEmptyAllowed), text.utf8.count <= Self.textBytesLimit, !text.utf8.contains(0)
        {
            return text
        }
        complain(node.place, "\"\(name)\" must be a text of at most \(Self.textBytesLimit) bytes")
        return nil
    }

    /// - Parameter parse: nil for what is not allowed.
    private mutating func value<Value>(
        _ node: YAMLNode, _ name: String, _ allowed: String, _ parse: (String) -> Value?
    ) -> Value? {
        if case .scalar(let text, _) = node.content, let value = parse(text) { return value }
        complain(node.place, "\"\(name)\" must be \(allowed)")
        return nil
    }

    private mutating func duration(_ node: YAMLNode, _ name: String, _ bounds: ClosedRange<Duration>) -> Duration? {
        let (lower, upper) = (DurationText.format(bounds.lowerBound), DurationText.format(bounds.upperBound))
        return value(node, name, "a duration from \(lower) to \(upper), such as 500ms, 30s or 5m") { text in
            DurationText.parse(text).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    private mutating func size(_ node: YAMLNode, _ name: String, _ bounds: ClosedRange<Int>) -> Int? {
        let (lower, upper) = (SizeText.format(bounds.lowerBound), SizeText.format(bounds.upperBound))
        return value(node, name, "a size from \(lower) to \(upper), such as 64KiB or 256MiB") { text in
            SizeText.parse(text).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    private mutating func count(_ node: YAMLNode, _ name: String, _ bounds: ClosedRange<Int>) -> Int? {
        value(node, name, "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)") { text in
            Int(text).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    private mutating func number(_ node: YAMLNode, _ name: String, _ bounds: ClosedRange<Double>) -> Double? {
        value(node, name, "a number from \(bounds.lowerBound) to \(bounds.upperBound)") { text in
            Double(text).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    private mutating func flag(_ node: YAMLNode, _ name: String) -> Bool? {
        value(node, name, "true or false") { text in Bool(text) }
    }

    private mutating func choice<Value: CaseIterable & RawRepresentable>(
        _ node: YAMLNode, _ name: String, _: Value.Type
    ) -> Value? where Value.RawValue == String {
        value(node, name, "one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))") { Value(rawValue: $0) }
    }

    private mutating func complain(_ place: YAMLPlace, _ sentence: String) {
        problems.append(.init(line: place.line, column: place.column, sentence: sentence))
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : directory + "/" + path }

    private static func isServiceName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (0x30...0x39).contains(byte)
        }
        return (1...63).contains(bytes.count) && bytes.first.map(isAlphanumeric) == true
            && bytes.allSatisfy { isAlphanumeric($0) || [UInt8(ascii: "."), 0x5F, 0x2D].contains($0) }
    }
}
