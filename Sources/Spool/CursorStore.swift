import DurableIO
import JSONText

extension SpoolLayout {
    /// `cursors/<consumer>.json`, one file for each registered consumer.
    package var cursors: String { root + "/cursors" }
}

/// The durable cursors of a spool's consumers.
///
/// A cursor file is replaced as a whole, under a lock on their directory: who reads one needs no lock and finds the old
/// or the new one. Every change is on disk when its call returns. A file that tells nothing is an error that names it,
/// never an absent consumer: somebody may rely on what it said.
package struct CursorStore: Sendable {
    package static let consumersLimit = 256
    private static let suffix = ".json"
    /// A cursor has 30 bytes; a consumer may keep more beside them.
    private static let fileBytesLimit = 64 << 10
    package let directory: String
    private let disk: any Disk
    private let lockAttemptsLimit: Int

    /// - Parameter lockAttemptsLimit: each takes 200 ms when somebody has the lock, and trimming a large log may take a
    ///   second or two.
    package init(layout: SpoolLayout, disk: any Disk, lockAttemptsLimit: Int = 25) {
        directory = layout.cursors
        self.disk = disk
        self.lockAttemptsLimit = lockAttemptsLimit
    }

    /// All registered consumers, by name, and the files that should be cursors and are not.
    ///
    /// - Throws: ``CursorError/disk(_:)``, ``CursorError/tooManyConsumers(limit:)``.
    package func all() throws(CursorError) -> (cursors: [ConsumerCursor], broken: [CursorError]) {
        var cursors: [ConsumerCursor] = []
        var broken: [CursorError] = []
        for file in try files() {
            do throws(CursorError) {
                try cursors.append(read(file))
            } catch .broken(let path, let fault) {
                broken.append(.broken(path: path, fault))
            } catch .notRegistered {
                // Removed since the listing.
                continue
            }
        }
        return (cursors, broken)
    }

    /// - Throws: ``CursorError/notRegistered(_:)``, ``CursorError/broken(path:_:)``, ``CursorError/disk(_:)``.
    package func cursor(of consumer: ConsumerName) throws(CursorError) -> ConsumerCursor {
        try read(consumer.text + Self.suffix)
    }

    /// Registers a consumer: from now on nothing is trimmed that it has not passed.
    ///
    /// - Throws: ``CursorError/alreadyRegistered(_:)``, ``CursorError/broken(path:_:)`` where its file tells nothing,
    ///   ``CursorError/tooManyConsumers(limit:)``, ``CursorError/busy(path:)`` or ``CursorError/disk(_:)``.
    package func register(_ cursor: ConsumerCursor) throws(CursorError) {
        try withLock { () throws(CursorError) in
            let registered: ConsumerCursor
            do throws(CursorError) {
                registered = try self.cursor(of: cursor.consumer)
            } catch .notRegistered {
                guard try files().count < Self.consumersLimit else {
                    throw .tooManyConsumers(limit: Self.consumersLimit)
                }
                return try write(cursor)
            }
            throw .alreadyRegistered(registered)
        }
    }

    /// Says that a consumer is done with every record before `next`; gives its cursor.
    ///
    /// - Parameter allowsBack: whether it may be set back, to read again what is still there.
    /// - Throws: ``CursorError/wouldGoBack(_:to:)``, ``CursorError/notRegistered(_:)``: an operator who removed a
    ///   consumer does not find it again, ``CursorError/broken(path:_:)``, ``CursorError/busy(path:)`` or
    ///   ``CursorError/disk(_:)``. After the last one the cursor is the old or the new one.
    @discardableResult
    package func advance(
        _ consumer: ConsumerName, to next: UInt64, allowsBack: Bool = false
    ) throws(CursorError) -> ConsumerCursor {
        try withLock { () throws(CursorError) in
            let old = try cursor(of: consumer)
            guard next >= old.next || allowsBack else { throw .wouldGoBack(old, to: next) }
            let new = ConsumerCursor(consumer: consumer, log: old.log, next: next)
            if new != old { try write(new) }
            return new
        }
    }

    /// Forgets a consumer, also one whose file tells nothing: it holds nothing back any more.
    package func remove(_ consumer: ConsumerName) throws(CursorError) {
        try withLock { () throws(CursorError) in
            do throws(IOError) {
                try disk.remove(path(consumer.text + Self.suffix))
                try disk.synchronizeDirectory(directory)
            } catch {
                throw error.isNotFound ? .notRegistered(consumer) : .disk(error)
            }
        }
    }

    /// Runs `body` while no cursor changes through any store, in this process or another.
    func withLock<Value>(_ body: () throws(CursorError) -> Value) throws(CursorError) -> Value {
        var lock: (any DirectoryLock)?
        do throws(IOError) {
            try disk.makeDirectory(directory)
            for _ in 0..<lockAttemptsLimit where lock == nil { lock = try disk.lockDirectory(directory) }
        } catch {
            throw .disk(error)
        }
        guard let lock else { throw .busy(path: directory) }
        return try withExtendedLifetime(lock) { () throws(CursorError) in try body() }
    }

    /// Makes durable what a look at the cursors has seen, whoever wrote it.
    func synchronize() throws(CursorError) {
        do { try disk.synchronizeDirectory(directory) } catch { throw .disk(error) }
    }

    private func path(_ file: String) -> String { directory + "/" + file }

    /// The names of what should be cursors, sorted. A name that begins with a dot is a draft, here or of a program that
    /// writes its cursor by itself.
    private func files() throws(CursorError) -> [String] {
        let names: [String]
        do {
            names = try disk.names(in: directory)
        } catch let error where error.isNotFound {
            return []
        } catch {
            throw .disk(error)
        }
        let files = names.filter { $0.hasSuffix(Self.suffix) && !$0.hasPrefix(".") }.sorted()
        guard files.count <= Self.consumersLimit else { throw .tooManyConsumers(limit: Self.consumersLimit) }
        return files
    }

    private func read(_ file: String) throws(CursorError) -> ConsumerCursor {
        let path = path(file)
        guard let consumer = try? ConsumerName(String(file.dropLast(Self.suffix.count))) else {
            throw .broken(path: path, .wrongName)
        }
        var bytes: [UInt8] = []
        do throws(IOError) {
            let opened = try disk.openFileForReading(path)
            while bytes.count <= Self.fileBytesLimit {
                let count = try opened.read(into: &bytes, at: UInt64(bytes.count), count: Self.fileBytesLimit)
                if count == 0 { break }
            }
        } catch {
            throw error.isNotFound ? .notRegistered(consumer) : .disk(error)
        }
        do throws(CursorFault) {
            guard bytes.count <= Self.fileBytesLimit else { throw .tooLarge(bytesLimit: Self.fileBytesLimit) }
            return try ConsumerCursor(consumer: consumer, file: bytes)
        } catch {
            throw .broken(path: path, error)
        }
    }

    /// Needs the lock. `rename(2)`
    private func write(_ cursor: ConsumerCursor) throws(CursorError) {
        let file = cursor.consumer.text + Self.suffix
        let draft = path("." + file + ".new")
        do throws(IOError) {
            // What a crash has left; nobody else uses the name under the lock.
            do { try disk.remove(draft) } catch let error where error.isNotFound {}
            let opened = try disk.createFile(draft)
            let bytes = cursor.fileBytes
            guard unsafe try opened.append(bytes.span.bytes) == bytes.count else { throw .noSpace(draft) }
            try opened.synchronize()
            try disk.rename(draft, to: path(file))
            try disk.synchronizeDirectory(directory)
        } catch {
            throw .disk(error)
        }
    }
}

extension ConsumerCursor {
    fileprivate var fileBytes: [UInt8] { Array("{\"log\":\"\(log)\",\"next\":\(next)}\n".utf8) }

    fileprivate init(consumer: ConsumerName, file bytes: [UInt8]) throws(CursorFault) {
        let document: JSONDocument
        do { document = try JSONScanner.members(of: bytes, depthLimit: 32) } catch {
            throw .notJSON(offset: error.offset)
        }
        func only(_ name: String) -> JSONValue? {
            let found = document.members.filter { $0.isNamed(name, in: bytes) }
            return found.count == 1 ? found[0].value : nil
        }
        guard let log = only("log")?.string(in: bytes) else { throw .noLog }
        guard Self.isLogName(log) else { throw .wrongLog }
        guard let number = only("next"), number.kind == .number else { throw .noNext }
        guard let next = UInt64(String(decoding: bytes[number.range], as: UTF8.self)), next > 0 else {
            throw .wrongNext
        }
        self.init(consumer: consumer, log: log, next: next)
    }
}
