/// A disk that tells how long each synchronization of a file has taken.
package struct TimedDisk: Disk {
    /// What there is to tell of a synchronization: nanoseconds, and whether it succeeded. Called on its thread.
    package typealias Observer = @Sendable (_ nanoseconds: UInt64, _ isSuccess: Bool) -> Void

    private let base: any Disk
    private let nanoseconds: @Sendable () -> UInt64
    private let observer: Observer

    /// - Parameter nanoseconds: a clock that only goes forward.
    package init(_ base: any Disk, nanoseconds: @escaping @Sendable () -> UInt64, observer: @escaping Observer) {
        self.base = base
        self.nanoseconds = nanoseconds
        self.observer = observer
    }

    package func createFile(_ path: String) throws(IOError) -> any DiskFile { timed(try base.createFile(path)) }
    package func openFile(_ path: String) throws(IOError) -> any DiskFile { timed(try base.openFile(path)) }
    package func openFileForReading(_ path: String) throws(IOError) -> any DiskFile {
        try base.openFileForReading(path)
    }
    package func makeDirectory(_ path: String) throws(IOError) { try base.makeDirectory(path) }
    package func names(in directory: String) throws(IOError) -> [String] { try base.names(in: directory) }
    package func synchronizeDirectory(_ path: String) throws(IOError) { try base.synchronizeDirectory(path) }
    package func rename(_ from: String, to: String) throws(IOError) { try base.rename(from, to: to) }
    package func remove(_ path: String) throws(IOError) { try base.remove(path) }
    package func fileSystem(at path: String) throws(IOError) -> FileSystemFacts { try base.fileSystem(at: path) }
    package func lockDirectory(_ path: String) throws(IOError) -> (any DirectoryLock)? {
        try base.lockDirectory(path)
    }

    private func timed(_ file: any DiskFile) -> any DiskFile {
        TimedFile(file, nanoseconds: nanoseconds, observer: observer)
    }
}

private final class TimedFile: DiskFile {
    private let base: any DiskFile
    private let nanoseconds: @Sendable () -> UInt64
    private let observer: TimedDisk.Observer

    init(_ base: any DiskFile, nanoseconds: @escaping @Sendable () -> UInt64, observer: @escaping TimedDisk.Observer) {
        self.base = base
        self.nanoseconds = nanoseconds
        self.observer = observer
    }

    var path: String { base.path }
    func size() throws(IOError) -> UInt64 { try base.size() }
    func modificationSeconds() throws(IOError) -> Int64 { try base.modificationSeconds() }
    func setModificationSeconds(_ seconds: Int64) throws(IOError) { try base.setModificationSeconds(seconds) }
    func append(_ bytes: RawSpan) throws(IOError) -> Int { try base.append(bytes) }
    func truncate(to size: UInt64) throws(IOError) { try base.truncate(to: size) }
    func read(into buffer: inout [UInt8], at offset: UInt64, count: Int) throws(IOError) -> Int {
        try base.read(into: &buffer, at: offset, count: count)
    }

    func synchronize() throws(IOError) {
        let begin = nanoseconds()
        do throws(IOError) {
            try base.synchronize()
        } catch {
            observer(nanoseconds() - begin, false)
            throw error
        }
        observer(nanoseconds() - begin, true)
    }
}
