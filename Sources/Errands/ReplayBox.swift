import DurableIO

/// Replays that were asked, and what came of them.
///
/// ```
/// <root>/.wanted/<name>      a ReplayErrand; fxctl writes it, the bridge takes it away
/// <root>/<name>.outcome      a ReplayOutcome, of the last hundred
/// ```
/// A name is a UUIDv7: names sort by time.
package struct ReplayBox: Sendable {
    /// How many may wait for a bridge that is down.
    package static let waitingLimit = 100
    package static let outcomesLimit = 100
    private static let outcomeBytesLimit = 16 << 20
    private static let suffix = ".outcome"

    package let errands: ErrandBox
    private let root: String
    private let disk = LinuxDisk()

    package init(root: String) {
        self.root = root
        errands = ErrandBox(directory: root + "/.wanted")
    }

    package func prepare() throws(ErrandError) {
        do throws(IOError) {
            try disk.makePrivateDirectory(root)
            try errands.prepare()
        } catch { throw .disk(error) }
    }

    package func ask(_ name: String, _ errand: ReplayErrand) throws(ErrandError) {
        try prepare()
        guard try wanted().count < Self.waitingLimit else { throw .tooManyWaiting(limit: Self.waitingLimit) }
        do throws(IOError) { try errands.ask(name, errand.document) } catch { throw .disk(error) }
    }

    package func wanted() throws(ErrandError) -> [String] {
        do throws(IOError) { return try errands.names() } catch { throw .disk(error) }
    }

    /// - Returns: nil if it is not asked any more.
    package func errand(_ name: String) throws(ErrandError) -> ReplayErrand? {
        let document: [UInt8]?
        do throws(IOError) {
            document = try errands.document(name, bytesLimit: ReplayErrand.bytesLimit)
        } catch { throw .disk(error) }
        guard let document else { return nil }
        guard let errand = ReplayErrand(document: document) else { throw .unreadable(name: name) }
        return errand
    }

    /// Says what came of it, durably, and takes it away; of older ones what came is forgotten.
    package func finish(_ name: String, _ outcome: ReplayOutcome) throws(ErrandError) {
        do throws(IOError) {
            try disk.writePrivateFile(path(name), outcome.document, isDurable: true)
            try errands.takeAway(name)
            let outcomes = try disk.names(in: root).filter { $0.hasSuffix(Self.suffix) && !$0.hasPrefix(".") }.sorted()
            for old in outcomes.dropLast(Self.outcomesLimit) { try disk.removeIfThere(root + "/" + old) }
        } catch { throw .disk(error) }
    }

    /// The document of a ``ReplayOutcome``; nil where there is none.
    package func outcome(_ name: String) throws(ErrandError) -> [UInt8]? {
        do throws(IOError) {
            return try disk.contents(of: path(name), bytesLimit: Self.outcomeBytesLimit)
        } catch { throw .disk(error) }
    }

    private func path(_ name: String) -> String { root + "/" + name + Self.suffix }
}
