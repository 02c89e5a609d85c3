import Identity

extension SQLStore {
    public func lastBackup() throws(StoreError) -> Timestamp? {
        try read { try $0.first("SELECT value FROM meta WHERE name = 'last_backup'") { try $0.moment(0) }.value }
    }
}
