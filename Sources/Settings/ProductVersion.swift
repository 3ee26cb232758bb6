/// The version of the whole product: what `--version` says, and what the Debian package is called after.
package enum ProductVersion {
    package static let text = "0.1.0"
}
