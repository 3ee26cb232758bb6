import Events
import JSONText

/// The services there are.
package struct ServiceCatalog: Sendable, Equatable {
    package static let servicesLimit = 256
    package static let empty = ServiceCatalog(services: [])

    /// In the order of the file.
    package let services: [Service]
    private let positions: [String: Int]

    /// - Precondition: each name stands for one service.
    package init(services: [Service]) {
        self.services = services
        positions = Dictionary(uniqueKeysWithValues: services.enumerated().map { ($1.name, $0) })
    }

    package subscript(name: String) -> Service? { positions[name].map { services[$0] } }

    /// The services that an event triggers, in the order of the file.
    ///
    /// - Parameter bytes: what `event` was read from.
    package func matching(_ event: RecordedEvent, in bytes: [UInt8]) -> [Service] {
        let payload = event.jsonPayload?.range
        return services.filter {
            $0.match.matches(type: event.type, source: event.source, tenant: event.tenant, payload: payload, of: bytes)
        }
    }
}

/// Why there are no services to work with.
package enum ServicesError: Error, Equatable, Sendable {
    case unreadable(SettingsFault)
    /// All that is wrong, in the order of the text.
    case invalid(path: String, [Problem])

    package struct SettingsFault: Equatable, Sendable {
        package let sentence: String
    }

    package struct Problem: Equatable, Sendable {
        /// Both from 1.
        package let line: Int
        package let column: Int
        package let sentence: String
    }
}

extension ServicesError: CustomStringConvertible {
    /// One line per problem: `services.yaml:12:3: unknown key "cmd"; …`.
    package var description: String {
        switch self {
        case .unreadable(let fault): fault.sentence
        case .invalid(let path, let problems):
            problems.map { "\(path):\($0.line):\($0.column): \($0.sentence)" }.joined(separator: "\n")
        }
    }
}
