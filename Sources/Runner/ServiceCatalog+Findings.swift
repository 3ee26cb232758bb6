import Glibc

extension ServiceCatalog {
    /// What on this machine will keep services from running, in words for the operator.
    package func findings() -> [String] {
        services.flatMap { service -> [String] in
            var findings: [String] = []
            if let user = service.user {
                if !UserAccount.canSwitch {
                    findings.append("runs as another user (\(user)), which only root can do")
                } else if UserAccount(named: user) == nil {
                    findings.append("there is no user \(user)")
                }
                if Self.executable(ServiceProcess.userSwitcher) == nil {
                    findings.append(
                        "\(ServiceProcess.userSwitcher), which switches to \(user), is missing (util-linux)")
                }
            }
            if let program = service.command.first, Self.executable(program) == nil {
                findings.append("there is no program \(program) that can be executed")
            }
            if service.limits.memoryBytes != nil, Self.executable(ServiceProcess.limiter) == nil {
                findings.append("\(ServiceProcess.limiter), which sets its memory limit, is missing (util-linux)")
            }
            if let directory = service.directory, unsafe access(directory, X_OK) != 0 {
                findings.append("its directory \(directory) cannot be entered")
            }
            return findings.map { "service \(service.name): \($0)" }
        }
    }

    /// The path of a program, looked for in ``Service/path`` if it has no slash; nil if it cannot be executed.
    static func executable(_ program: String) -> String? {
        let candidates =
            program.contains("/")
            ? [program] : Service.path.split(separator: ":").map { "\($0)/\(program)" }
        return candidates.first { path in
            var facts = stat()
            guard unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return false }
            return unsafe access(path, X_OK) == 0
        }
    }
}
