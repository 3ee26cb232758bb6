/// What a metric is called and means, for whoever reads `/metrics`.
package struct MetricDescription: Sendable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// The units that Prometheus knows as base units; a metric's name ends with its unit.
    package enum Unit: String, Sendable {
        case seconds, bytes
    }

    package let kind: Kind
    /// Without `_total`, which belongs to a counter's samples.
    package let name: String
    package let unit: Unit?
    /// One sentence.
    package let help: String
    /// Names of the labels, in the order in which samples give their values.
    package let labels: [String]

    /// - Precondition: the name is one for Prometheus and ends with its unit, if it has one.
    package init(_ kind: Kind, _ name: String, unit: Unit? = nil, help: String, labels: [String] = []) {
        precondition(Self.isName(name) && labels.allSatisfy(Self.isName), "\(name) \(labels) are no names")
        precondition(!name.hasSuffix("_total"), "\(name): the samples get their _total by themselves")
        precondition(unit.map { name.hasSuffix("_" + $0.rawValue) } ?? true, "\(name) does not end with its unit")
        self.kind = kind
        self.name = name
        self.unit = unit
        self.help = help
        self.labels = labels
    }

    package static func gauge(
        _ name: String, unit: Unit? = nil, help: String, labels: [String] = []
    ) -> MetricDescription {
        MetricDescription(.gauge, name, unit: unit, help: help, labels: labels)
    }

    package static func counter(
        _ name: String, unit: Unit? = nil, help: String, labels: [String] = []
    ) -> MetricDescription {
        MetricDescription(.counter, name, unit: unit, help: help, labels: labels)
    }

    private static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        let isLowercase = bytes.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return isLowercase && bytes.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } == true
    }
}

/// One value of a metric that is looked up when somebody asks.
package struct MetricSample: Sendable {
    package let value: Double
    /// One for each label of the description, in its order.
    package let labels: [String]

    package init(_ value: Double, _ labels: String...) {
        self.value = value
        self.labels = labels
    }

    package init(_ value: some BinaryInteger, _ labels: String...) {
        self.value = Double(value)
        self.labels = labels
    }
}
