/// The third version, in parts by subject.
extension Schema {
    static let version003 = [rights003, audit003]

    /// The home of an account, whose administrators have rights over it, is the organization where it was made: of older
    /// accounts that of the oldest user. A ceiling of roles is the bit of one role as in `RoleSet`; tokens that were made
    /// without one have none.
    private static let rights003 = """
        ALTER TABLE account ADD COLUMN home_id INTEGER REFERENCES organization ON DELETE SET NULL;
        UPDATE account SET home_id = (
            SELECT organization_id FROM user WHERE user.account_id = account.id ORDER BY created_at, id LIMIT 1);
        ALTER TABLE api_token ADD COLUMN role_ceiling INTEGER
            CHECK (role_ceiling BETWEEN 1 AND 128 AND role_ceiling & (role_ceiling - 1) = 0);
        """

    /// The audit log.
    private static let audit003 = """
        """
}
