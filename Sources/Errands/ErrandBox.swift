import DurableIO

/// What fxctl wants the bridge to do, as durable files in a directory that the bridge watches.
///
/// Only the bridge writes the event log, so whoever wants something of it asks: a running bridge sees the file at once, one
/// that is down when it starts. It takes the file away when it is done, and says beforehand, durably, what came of it. A
/// crash in between has it do the errand again: so each kind of errand must find in the log that it was done.
package struct ErrandBox: Sendable {
    package let directory: String
    private let disk = LinuxDisk()

    package init(directory: String) {
        self.directory = directory
    }

    package func prepare() throws(IOError) { try disk.makePrivateDirectory(directory) }

    /// Asks for an errand. Durable when it returns; asking twice under a name is asking once.
    package func ask(_ name: String, _ document: [UInt8]) throws(IOError) {
        try prepare()
        try disk.writePrivateFile(path(name), document, isDurable: true)
    }

    /// The names of what is still to be done, in their order.
    package func names() throws(IOError) -> [String] {
        do { return try disk.names(in: directory).filter { !$0.hasPrefix(".") }.sorted() } catch {
            if error.isNotFound { return [] }
            throw error
        }
    }

    /// The beginning of what is asked; nil if it is not asked any more.
    package func document(_ name: String, bytesLimit: Int) throws(IOError) -> [UInt8]? {
        try disk.contents(of: path(name), bytesLimit: bytesLimit)
    }

    /// Says that nothing is to be done any more.
    package func takeAway(_ name: String) throws(IOError) { try disk.removeIfThere(path(name)) }

    /// Sleeps until none of these is to be done any more, or until the time is up.
    ///
    /// - Returns: those that still are.
    package func wait(for names: Set<String>, seconds: Int) throws(IOError) -> Set<String> {
        let deadline = ContinuousClock.now + .seconds(max(0, seconds))
        let watch = try DirectoryWatch()
        try prepare()
        try watch.add(directory)
        var open = names
        while true {
            open.formIntersection(try self.names())
            guard !open.isEmpty, ContinuousClock.now < deadline else { return open }
            watch.wait(milliseconds: 200)
        }
    }

    private func path(_ name: String) -> String { directory + "/" + name }
}
