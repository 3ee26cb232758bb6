/// The text that scrapers read, as it is being written.
///
/// ```
/// # HELP fx_bridge_requests Requests answered.
/// # TYPE fx_bridge_requests counter
/// fx_bridge_requests_total{route="events",code="202"} 17
/// # EOF
/// ```
package struct MetricsText {
    package enum Format: Sendable {
        /// OpenMetrics 1.0.
        case openMetrics
        /// What came before it, Prometheus 0.0.4: `_total` belongs to a counter's name, there is no unit and no end.
        case prometheus

        package var contentType: StaticString {
            switch self {
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            }
        }

        /// By the `Accept` field of a request: OpenMetrics, unless only the older form is asked for.
        package init(accept: String?) {
            let accept = accept ?? ""
            self =
                accept.contains("text/plain") && !accept.contains("application/openmetrics-text")
                ? .prometheus : .openMetrics
        }
    }

    private let format: Format
    private var bytes: [UInt8] = []
    private var name = ""

    init(_ format: Format) {
        self.format = format
        bytes.reserveCapacity(16 << 10)
    }

    mutating func begin(_ description: MetricDescription) {
        name = description.name
        let family = name + (format == .prometheus && description.kind == .counter ? "_total" : "")
        put("# HELP \(family) \(Self.escaped(description.help, quotes: format == .openMetrics))\n")
        put("# TYPE \(family) \(description.kind.rawValue)\n")
        if format == .openMetrics, let unit = description.unit { put("# UNIT \(family) \(unit.rawValue)\n") }
    }

    mutating func sample(_ suffix: StaticString, names: [String], _ labels: [String], _ value: UInt64) {
        put(suffix, names, labels, String(value))
    }

    mutating func sample(_ suffix: StaticString, names: [String], _ labels: [String], _ value: Double) {
        put(suffix, names, labels, Self.number(value))
    }

    func finished() -> [UInt8] {
        format == .openMetrics ? bytes + Array("# EOF\n".utf8) : bytes
    }

    private mutating func put(_ suffix: StaticString, _ names: [String], _ labels: [String], _ value: String) {
        put(name)
        put(suffix.description)
        if !names.isEmpty {
            put("{")
            for (index, (name, label)) in zip(names, labels).enumerated() {
                put(index == 0 ? "\(name)=\"" : ",\(name)=\"")
                put(Self.escaped(label, quotes: true))
                put("\"")
            }
            put("}")
        }
        put(" \(value)\n")
    }

    private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += #"\\"#
            case "\n": result += #"\n"#
            case "\"" where quotes: result += #"\""#
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Whole numbers without a fraction; what is no number in the words of the format.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }
}
