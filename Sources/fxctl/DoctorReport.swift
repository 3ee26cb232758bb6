/// What `fxctl doctor` tells.
///
/// ```json
/// {"healthy":false,"findings":[{"check":"socket","status":"failed","detail":"www-data may not connect to …",
///                               "action":"set fastcgi.socket_group: www-data and restart"}]}
/// ```
struct DoctorReport: Encodable {
    struct Finding: Encodable {
        enum Status: String, Encodable {
            case ok, warning, failed
            /// Could not be looked at here; `detail` says why.
            case skipped
        }

        var check: String
        var status: Status
        var detail: String
        /// What to do; nil where there is nothing to do.
        var action: String?
    }

    private(set) var findings: [Finding] = []

    var healthy: Bool { findings.allSatisfy { $0.status != .failed } }

    private enum CodingKeys: String, CodingKey { case healthy, findings }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(healthy, forKey: .healthy)
        try container.encode(findings, forKey: .findings)
    }

    mutating func ok(_ check: String, _ detail: String) {
        findings.append(Finding(check: check, status: .ok, detail: detail))
    }

    mutating func skipped(_ check: String, _ detail: String) {
        findings.append(Finding(check: check, status: .skipped, detail: detail))
    }

    mutating func warning(_ check: String, _ detail: String, _ action: String) {
        findings.append(Finding(check: check, status: .warning, detail: detail, action: action))
    }

    mutating func failed(_ check: String, _ detail: String, _ action: String) {
        findings.append(Finding(check: check, status: .failed, detail: detail, action: action))
    }

    var text: String {
        var lines: [String] = []
        for finding in findings {
            let status = finding.status.rawValue
            let pad = String(repeating: " ", count: max(0, 8 - status.utf8.count))
            lines.append("\(status)\(pad) \(finding.check): \(finding.detail)")
            if let action = finding.action { lines.append("         → \(action)") }
        }
        let failed = findings.count { $0.status == .failed }
        lines.append("")
        lines.append(failed == 0 ? "Nothing is wrong." : "\(failed) of \(findings.count) checks failed.")
        return lines.joined(separator: "\n")
    }
}
