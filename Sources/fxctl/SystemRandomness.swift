/// The system's generator, in a box: a value without contents has no address, and ThreadSanitizer follows that of each
/// `inout` argument.
var systemRandomness: any RandomNumberGenerator { SystemRandomNumberGenerator() }
