/// What a credential may do.
package struct Scopes: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Submit events.
    package static let eventsWrite = Scopes(rawValue: 1 << 0)
    /// Ask what became of the tenant's events.
    package static let statusRead = Scopes(rawValue: 1 << 1)
    /// Report executions.
    package static let executionsWrite = Scopes(rawValue: 1 << 2)

    private static let named: [(name: String, scope: Scopes)] = [
        ("events:write", .eventsWrite), ("status:read", .statusRead), ("executions:write", .executionsWrite),
    ]

    /// Every name there is, for help and error texts.
    package static var allNames: [String] { named.map(\.name) }

    /// The scope of that name: `events:write`.
    package init?(name: String) {
        guard let found = Self.named.first(where: { $0.name == name }) else { return nil }
        self = found.scope
    }

    package var names: [String] { Self.named.filter { contains($0.scope) }.map(\.name) }
}
