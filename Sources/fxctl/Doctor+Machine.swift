import CLinux
import Events
import Glibc
import Settings
import Spool

/// Clock and libraries.
extension Doctor {
    func checkMachine(_ report: inout DoctorReport) {
        checkClock(&report)
        checkFastCGILibrary(&report)
    }

    private func checkClock(_ report: inout DoctorReport) {
        if let ahead = secondsOfLastEventAhead, ahead > 60 {
            report.failed(
                "clock", "the last event was recorded \(ahead) s after what is now: the clock was set back",
                "set the clock; signatures with a time and expiry dates depend on it")
            return
        }
        switch fx_clock_is_synchronized() {
        case 1: report.ok("clock", "synchronized")
        case 0:
            report.warning(
                "clock", "the kernel says that nothing synchronizes it",
                "run systemd-timesyncd or chrony; webhooks with a time are refused when it is some minutes off")
        default: report.skipped("clock", "the kernel does not tell here")
        }
    }

    private var secondsOfLastEventAhead: Int64? {
        let layout = SpoolLayout(root: settings.spool.directory)
        guard let last = try? LogStatistics(directory: layout.events, disk: disk).nextSequence, last > 1,
            let distance = try? LogDistance(directory: layout.events, from: last - 1, end: last, disk: disk),
            let line = distance.firstLine, let event = EventEnvelope(line: line, in: 0..<line.count)
        else { return nil }
        return event.recordedTime.microseconds / 1_000_000 - Int64(time(nil))
    }

    /// CVE-2025-23016: a request on the FastCGI socket can overflow libfcgi's heap. Upstream mended it in 2.4.5, Debian 12 in
    /// 2.4.2-2+deb12u1.
    private func checkFastCGILibrary(_ report: inout DoctorReport) {
        let package = "libfcgi0ldbl"
        guard let query = CommandRun(["dpkg-query", "-W", "-f", "${Version}", package]), query.status == 0 else {
            report.skipped(
                "libfcgi", "\(package) is no Debian package here; it must be 2.4.5 or newer (CVE-2025-23016)")
            return
        }
        let version = query.output
        func isAtLeast(_ other: String) -> Bool {
            CommandRun(["dpkg", "--compare-versions", version, "ge", other])?.status == 0
        }
        if isAtLeast("2.4.5") || (isAtLeast("2.4.2-2+deb12u1") && !isAtLeast("2.4.3")) {
            report.ok("libfcgi", "\(version) has CVE-2025-23016 mended")
        } else {
            report.failed(
                "libfcgi", "\(version) has CVE-2025-23016: whoever reaches the socket can run code",
                "apt-get install --only-upgrade \(package), then restart fx-bridge")
        }
    }
}
