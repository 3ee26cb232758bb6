extension LinuxDisk {
    /// Puts a file there for its owner's eyes only, complete under its name or not at all; one of that name goes.
    ///
    /// - Parameter isDurable: whether it is there after a power cut, once this returns.
    package func writePrivateFile(_ path: String, _ bytes: [UInt8], isDurable: Bool) throws(IOError) {
        let parent = Self.parent(of: path)
        let draft = parent + "/." + path.dropFirst(parent.count + 1) + ".new"
        try removeIfThere(draft)
        let file = try createPrivateFile(draft)
        guard unsafe try file.append(bytes.span.bytes) == bytes.count else {
            try remove(draft)
            throw .noSpace(draft)
        }
        if isDurable { try file.synchronize() }
        try rename(draft, to: path)
        if isDurable { try synchronizeDirectory(parent) }
    }

    /// The beginning of a file; all of it if it is no longer than `bytesLimit`. Nil if there is no such file.
    package func contents(of path: String, bytesLimit: Int) throws(IOError) -> [UInt8]? {
        let file: any DiskFile
        do { file = try openFileForReading(path) } catch let error where error.isNotFound { return nil }
        let count = Int(min(try file.size(), UInt64(bytesLimit)))
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard try file.read(into: &bytes, at: UInt64(bytes.count), count: count - bytes.count) > 0 else { break }
        }
        return bytes
    }

    package func removeIfThere(_ path: String) throws(IOError) {
        do { try remove(path) } catch { if !error.isNotFound { throw error } }
    }
}
