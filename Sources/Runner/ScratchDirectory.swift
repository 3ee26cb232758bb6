import DurableIO
import Glibc

/// The directory of one execution, `<root>/<execution id>`, gone when the execution has ended.
///
/// A service may leave anything in it, links to other places among them: what is removed is removed by descriptor and
/// name, and no link is followed.
struct ScratchDirectory {
    let path: String

    /// How deep a tree is followed; deeper ones stay, and are told.
    private static let depthLimit = 64

    /// Makes an empty one, for the owner's eyes only; what an earlier run has left goes.
    ///
    /// - Parameter owner: nil for the runner's own user.
    init(root: String, id: ExecutionID, owner: UserAccount?) throws(IOError) {
        path = root + "/" + id.text
        if unsafe mkdir(path, 0o700) != 0 {
            guard errno == EEXIST else { throw IOError("mkdir", path, errno: errno) }
            try Self.remove(id.text, in: root)
            guard unsafe mkdir(path, 0o700) == 0 else { throw IOError("mkdir", path, errno: errno) }
        }
        if let owner { try Self.give(path, to: owner) }
    }

    /// Writes a file into it that belongs to the owner; gives its path.
    func addFile(_ name: String, _ bytes: [UInt8], owner: UserAccount?) throws(IOError) -> String {
        let file = path + "/" + name
        let descriptor = Descriptor(unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600))
        guard descriptor.number >= 0 else { throw IOError("open", file, errno: errno) }
        try descriptor.write(bytes, path: file)
        if let owner, fchown(descriptor.number, owner.userID, owner.groupID) != 0 {
            throw IOError("fchown", file, errno: errno)
        }
        return file
    }

    func remove() throws(IOError) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        try Self.remove(String(path[path.index(after: slash)...]), in: String(path[..<slash]))
    }

    private static func give(_ path: String, to owner: UserAccount) throws(IOError) {
        guard unsafe chown(path, owner.userID, owner.groupID) == 0 else {
            throw IOError("chown", path, errno: errno)
        }
    }

    /// The names of what lies in a scratch root and looks like an execution's directory.
    static func leftovers(in root: String) throws(IOError) -> [ExecutionID] {
        try LinuxDisk().names(in: root).compactMap { ExecutionID($0) }
    }

    static func remove(_ id: ExecutionID, in root: String) throws(IOError) { try remove(id.text, in: root) }

    private static func remove(_ name: String, in root: String) throws(IOError) {
        let parent = Descriptor(unsafe open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        guard parent.number >= 0 else { throw IOError("open", root, errno: errno) }
        try removeTree(name, at: parent.number, path: root + "/" + name, depth: 1)
    }

    private static func removeTree(_ name: String, at parent: Int32, path: String, depth: Int) throws(IOError) {
        if unsafe unlinkat(parent, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw IOError("unlink", path, errno: errno) }
        guard depth <= depthLimit else { throw IOError("rmdir", path, errno: ELOOP) }
        let directory = unsafe openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0 else { throw IOError("open", path, errno: errno) }
        for entry in try names(ofOpen: directory, path: path) {
            let owner = Descriptor(unsafe openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
            guard owner.number >= 0 else { throw IOError("open", path, errno: errno) }
            try removeTree(entry, at: owner.number, path: path + "/" + entry, depth: depth + 1)
        }
        guard unsafe unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
            throw IOError("rmdir", path, errno: errno)
        }
    }

    /// - Parameter directory: is closed.
    private static func names(ofOpen directory: Int32, path: String) throws(IOError) -> [String] {
        guard let stream = unsafe fdopendir(directory) else {
            let error = IOError("fdopendir", path, errno: errno)
            close(directory)
            throw error
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
