import Foundation

/// A site for fault tests: many senders' tokens, and if wanted a spool on a file system of its own.
final class FaultSite {
    let site: TestSite
    /// One for each sender: nginx's rate limit goes by the token.
    let tokens: [String]
    private(set) var fileSystem: LoopFileSystem?

    static let sendersCount = 16

    /// - Parameter credentials: the credentials file of another site, whose tokens are to be good here too.
    init(settings: [String: String] = [:], like other: FaultSite? = nil) throws {
        site = try TestSite(settings: settings, startsBridge: false)
        if let other {
            try FileManager.default.copyItem(
                atPath: other.site.home + "/credentials.json", toPath: site.home + "/credentials.json")
            tokens = other.tokens
        } else {
            let made = site
            tokens = try (0..<Self.sendersCount).map { _ in try made.makeToken().token }
        }
    }

    deinit { end() }

    /// Mounts an image where the spool is; the bridge must not run.
    func mountSpool(image: String, options: String = "errors=remount-ro") throws {
        fileSystem = try LoopFileSystem(image: image, at: site.home + "/spool", options: options)
    }

    /// Makes an ext4 for the spool and mounts it.
    func mountSpool(mebibytes: Int) throws {
        let image = site.home + "/spool.img"
        try LoopFileSystem.makeImage(image, mebibytes: mebibytes)
        try mountSpool(image: image)
    }

    /// Stops the bridge, however it has to be, and unmounts the spool.
    func unmountSpool() throws {
        stopBridge()
        try fileSystem?.unmount()
        fileSystem = nil
    }

    func stopBridge() {
        if (try? site.stopBridge()) == nil { site.bridge?.kill() }
    }

    private func end() {
        stopBridge()
        fileSystem = nil
        site.stop()
    }

    func startSenders(_ ledger: Ledger, untilAccepted limit: Int = .max) -> SenderCrew {
        SenderCrew(port: site.port, tokens: tokens, ledger: ledger, acceptedLimit: limit)
    }

    /// Waits until something is so, and tells what the bridge has logged where it does not come.
    func waitUntil(_ what: String, seconds: Double = 10, _ condition: () throws -> Bool) throws {
        do {
            _ = try eventually(what, seconds: seconds) { try condition() ? true : nil }
        } catch HarnessError.timeout(let what) {
            throw HarnessError.start("in vain: " + what, log: String(site.bridgeLog.suffix(3000)))
        }
    }

    /// Posts one event and notes what was answered.
    @discardableResult
    func post(_ ledger: Ledger, sender: Int = 0) throws -> HTTPReply {
        let event = ledger.offer()
        let reply = try HTTPConnection(port: site.port).post(event, token: tokens[sender])
        ledger.note(event, reply)
        return reply
    }

    func status(of event: LedgerEvent) throws -> Int {
        try site.get("/fx/cid/" + event.cid, token: tokens[0]).status
    }

    /// Of these events, those that the bridge does not know, and what it says of them.
    func unknownEvents(among numbers: [Int], run: String) throws -> [(number: Int, status: Int)] {
        let lock = NSLock()
        // Written under the lock, read when all threads are done.
        nonisolated(unsafe) var unknown: [(number: Int, status: Int)] = []
        let (port, tokens) = (site.port, tokens)
        try concurrently(tokens.count) { reader in
            var connection = try HTTPConnection(port: port)
            for index in stride(from: reader, to: numbers.count, by: tokens.count) {
                let event = LedgerEvent(run: run, number: numbers[index])
                let reply = try eventually("the rate limit lets a question through", seconds: 30) {
                    let fields = [("X-API-KEY", tokens[reader])]
                    let reply = try connection.send("GET", "/fx/cid/" + event.cid, fields: fields)
                    if reply.field("Connection") == "close" { connection = try HTTPConnection(port: port) }
                    return reply.status == 429 ? nil : reply
                }
                if reply.status != 200 || reply.json["cid"] as? String != event.cid {
                    lock.withLock { unknown.append((event.number, reply.status)) }
                }
            }
        }
        return unknown
    }

    /// What `fxctl spool verify` finds; empty if the spool is whole.
    func findings() throws -> [String] {
        let result = try site.fxctl(["spool", "verify", "--log", "events", "--json"])
        guard let answer = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any],
            let isWhole = answer["whole"] as? Bool, let logs = answer["logs"] as? [[String: Any]]
        else { throw HarnessError.command("fxctl spool verify", result) }
        let findings = logs.flatMap { $0["findings"] as? [String] ?? [] }
        return isWhole == findings.isEmpty ? findings : findings + ["whole: \(isWhole)"]
    }

    /// The cids that `fxctl spool read` prints.
    func cidsReadByFxctl() throws -> [String] {
        let result = try site.fxctl(["spool", "read"])
        return result.output.split(separator: "\n").compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
        }.compactMap { $0["correlationid"] as? String }
    }
}
