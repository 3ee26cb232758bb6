import Glibc
import Settings

/// The running bridge, and the whole way through it.
extension Doctor {
    func checkService(_ report: inout DoctorReport, operatorAddress: String) {
        guard let pid = bridgePID else {
            report.failed(
                "process", "no bridge runs by \(settings.process.pidFile)",
                "systemctl start fx-bridge; journalctl -u fx-bridge says why it ended")
            return
        }
        checkDescriptors(pid, &report)
        guard let descriptor = UnixSocket.connect(settings.fastCGI.socketPath) else {
            let reason = unsafe String(cString: strerror(errno))
            report.failed("listener", "\(settings.fastCGI.socketPath): \(reason)", "systemctl restart fx-bridge")
            return
        }
        close(descriptor)
        report.ok("listener", "it takes connections")
        checkReadiness(operatorAddress, &report)
    }

    private func checkDescriptors(_ pid: Int, _ report: inout DoctorReport) {
        let needed = settings.fastCGI.connectionsLimit + 128
        let line = text(of: "/proc/\(pid)/limits").split(separator: "\n").first { $0.hasPrefix("Max open files") }
        let limit = line?.split(separator: " ").dropFirst(3).first.flatMap { Int($0) }
        if let limit, limit < needed {
            report.warning(
                "process",
                "\(pid) may open \(limit) files; \(settings.fastCGI.connectionsLimit) connections need \(needed)",
                "LimitNOFILE=\(needed * 2) in the unit, or lower fastcgi.connections_limit")
        } else {
            report.ok("process", "\(pid) runs")
        }
    }

    private func checkReadiness(_ address: String, _ report: inout DoctorReport) {
        guard let answer = HTTPAddress(address)?.ask("GET", "/readyz") else {
            report.failed(
                "readiness", "nobody answers on \(address)",
                "is nginx running? --operator names another address of the operator's listener")
            return
        }
        if answer.status == 200 {
            report.ok("readiness", "/readyz says ready")
        } else {
            report.failed(
                "readiness", "/readyz says \(answer.status): \(answer.body.prefix(500))",
                "each failed check names its reason")
        }
    }

    /// Sends an event and asks for it.
    func checkEndToEnd(_ report: inout DoctorReport, url: String, token: String) {
        let name = "end to end"
        guard let address = HTTPAddress(url) else { return }
        let cid = "fxctl-doctor-\(getpid())-\(time(nil))"
        let credential = ("X-API-KEY", token)
        guard
            let accepted = address.ask(
                "POST", "/fx/events/generic", fields: [credential, ("X-Correlation-ID", cid)], body: #"{"doctor":true}"#
            )
        else {
            report.failed(name, "nobody answers on \(url)", "is nginx running, and does its site listen there?")
            return
        }
        guard accepted.status == 202 else {
            let action =
                switch accepted.status {
                case 301, 302, 308: "give the address that does not redirect, or try with curl"
                case 401: "is the token right? fxctl token list; the bridge's log names the reason"
                case 403: "the token needs the scopes events:write and status:read, and no limits on sources and types"
                case 404: "is this the bridge's site? See the server_name and listen directives"
                case 502, 504: "nginx does not reach the bridge: see the check of the socket above"
                default: "the bridge's log tells the reason"
                }
            report.failed(name, "an event was answered \(accepted.status): \(accepted.body.prefix(500))", action)
            return
        }
        let status = address.ask("GET", "/fx/cid/\(cid)", fields: [credential])
        guard status?.status == 200 else {
            report.failed(
                name, "the event is stored, but its status was answered \(status?.status ?? 0)",
                "the token needs the scope status:read; fxctl index check looks at the index")
            return
        }
        report.ok(name, "the event \(cid) was accepted, stored and found again")
    }
}
