import Settings

/// nginx, its site, and its way to the socket.
extension Doctor {
    func checkNginx(_ report: inout DoctorReport) {
        guard let version = nginx.version else {
            report.failed("nginx", "there is no nginx on this machine", "apt-get install nginx-light")
            return
        }
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        guard !numbers.lexicographicallyPrecedes([1, 19, 10]) else {
            report.failed("nginx", "\(version) is older than 1.19.10, which the site needs", "upgrade nginx")
            return
        }
        guard let dump = nginx.dump(), dump.status == 0 else {
            let why = nginx.dump()?.output.split(separator: "\n").first { $0.contains("[emerg]") }.map { String($0) }
            report.failed("nginx", why ?? "nginx -T failed", "nginx -t says where; run fxctl doctor as root")
            return
        }
        report.ok("nginx", "\(version), its configuration is valid")
        let configuration = NginxConfiguration(dump: dump.output)
        checkSite(configuration, &report)
        checkSocket(configuration, &report)
    }

    private func checkSite(_ configuration: NginxConfiguration, _ report: inout DoctorReport) {
        guard configuration.has("fastcgi_pass", "fx_bridge") else {
            report.failed(
                "site", "nginx's configuration does not include the site",
                "ln -s ../sites-available/fx-bridge.conf /etc/nginx/sites-enabled/ && nginx -t && systemctl reload nginx"
            )
            return
        }
        let socket = "unix:" + settings.fastCGI.socketPath
        let isOurs = configuration.values(of: "server").contains { $0.first == socket }
        guard isOurs else {
            report.failed(
                "site", "its upstream is not \(socket)", "make the upstream fx_bridge and fastcgi.socket the same path")
            return
        }
        if configuration.values(of: "fastcgi_next_upstream").contains(where: { $0.contains("non_idempotent") }) {
            report.failed(
                "site", "fastcgi_next_upstream has non_idempotent: an event may be taken twice", "remove that word")
        }
        let body = configuration.values(of: "client_max_body_size").compactMap { $0.first }
            .compactMap { NginxConfiguration.bytes($0) }.max()
        if let body, body != 0, body < settings.limits.bodyBytes {
            report.warning(
                "site",
                "client_max_body_size is below limits.body_bytes (\(SizeText.format(settings.limits.bodyBytes)))",
                "raise it: else nginx answers 413 before the bridge can say what its limit is")
        } else {
            report.ok("site", "it leads to \(socket)")
        }
    }

    private func checkSocket(_ configuration: NginxConfiguration, _ report: inout DoctorReport) {
        let path = settings.fastCGI.socketPath
        guard let access = FileAccess(path) else {
            report.failed("socket", "\(path) is not there", "systemctl start fx-bridge")
            return
        }
        guard access.isSocket else {
            report.failed("socket", "\(path) is no socket", "move it away and restart fx-bridge")
            return
        }
        guard let user = SystemUser(name: configuration.user) else {
            report.failed(
                "socket", "nginx runs as \(configuration.user), who does not exist", "mend nginx's user directive")
            return
        }
        if let obstacle = FileAccess.obstacle(on: path, to: user) {
            report.failed(
                "socket", "\(user.name) may not pass \(obstacle)",
                "chmod o+x \(obstacle), or give it to a group of \(user.name)'s")
        } else if !access.allows(2, to: user) {
            report.failed(
                "socket", "\(user.name), as whom nginx runs, may not connect to \(path) (mode \(access.permissions))",
                "set fastcgi.socket_group to a group of \(user.name)'s and restart fx-bridge")
        } else if access.mode & 0o002 != 0 {
            report.warning(
                "socket", "everybody on this machine may connect to \(path)", "set fastcgi.socket_mode: \"0660\"")
        } else {
            report.ok("socket", "\(user.name) may connect to \(path)")
        }
    }
}
