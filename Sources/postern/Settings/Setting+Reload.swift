extension Setting {
    /// The settings that take effect at `SIGHUP`; every other needs a restart.
    static let reloadable: Set<Setting> = [
        .basePath, .publicLogin, .insecureCookie, .sessionLifetime, .sessionIdleTimeout, .tokenMaximumLifetime,
        .auditRetention, .passwordMinimumLength, .throttle, .throttleLogin, .throttleAddress, .throttleAccount,
        .throttleRegistration,
        .throttleToken, .logLevel,
    ]
}
