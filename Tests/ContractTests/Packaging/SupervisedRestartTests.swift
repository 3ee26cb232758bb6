import Foundation
import Testing

/// Restarts of the bridge behind a socket that somebody else holds, as fx-bridge.socket does.
@Suite struct SupervisedRestartTests {
    @Test(.enabled(if: SocketSupervisor.isAvailable, "needs python3"))
    func `four restarts under 32 senders drop nothing and refuse nothing`() throws {
        let site = try TestSite(startsBridge: false)
        // One for each sender: nginx's rate limit goes by the token.
        let tokens = try (0..<32).map { _ in try site.makeToken().token }
        try site.startBridge(under: SocketSupervisor.command(socket: site.socket))
        let ledger = Ledger()
        let crew = SenderCrew(port: site.port, tokens: tokens, ledger: ledger)
        var bridges: Set<String> = []
        for restart in 1...4 {
            let accepted = ledger.acceptedCount
            try waitUntil("events flow") { ledger.acceptedCount >= accepted + 200 }
            bridges.insert(text(of: site.home + "/run/fx-bridge.pid"))
            site.bridge?.send(SIGHUP)
            try waitUntil("restart \(restart) has begun another bridge", seconds: 30) {
                let pid = text(of: site.home + "/run/fx-bridge.pid")
                return !pid.isEmpty && !bridges.contains(pid)
            }
        }
        let accepted = ledger.acceptedCount
        try waitUntil("events flow behind the last restart") { ledger.acceptedCount >= accepted + 200 }
        crew.stop()
        #expect(bridges.count == 4)
        #expect(ledger.problems == [:])
        let fates = ledger.snapshot
        #expect(fates.numbers { $0 != .accepted } == [])
        let stored = Set(try site.spool.events().filter(\.hasRightChecksum).compactMap { $0["correlationid"] })
        let missing = fates.indices.filter { !stored.contains(LedgerEvent(run: ledger.run, number: $0).cid) }
        #expect(missing == [])
    }
}
