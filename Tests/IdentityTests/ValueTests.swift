import Cryptography
import Foundation
import Testing

@testable import Identity

struct BearerTokenTests {
    /// A counter in place of randomness, so that tokens are known.
    struct Counting: RandomSource {
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0) } }
    }

    @Test func `a token has a prefix, 43 digits and a checksum of 6`() throws {
        for kind in BearerToken.Kind.allCases {
            let token = try BearerToken(kind, random: OpenSSLRandomSource())
            #expect(try /ps[dlst]_[0-9A-Za-z]{49}/.wholeMatch(in: token.text) != nil)
            #expect(token.text.hasPrefix(kind.rawValue))
            let read = try #require(BearerToken(token.text))
            #expect(read.kind == kind && read.hash == token.hash)
        }
    }

    @Test func `every single wrong character and every other length is detected`() throws {
        let text = try BearerToken(.api, random: Counting()).text
        for index in text.indices {
            for other in ["0", "z", "_"] where other != String(text[index]) {
                #expect(BearerToken(text.replacingCharacters(in: index...index, with: other)) == nil)
            }
        }
        for wrong in [text + "0", String(text.dropLast()), "", "pst_", " " + text, text + "\n"] {
            #expect(BearerToken(wrong) == nil)
        }
    }

    @Test func `the hash is the SHA-256 of the text`() throws {
        let token = try BearerToken(.session, random: Counting())
        #expect(token.hash.bytes == SHA256.digest(of: token.text))
        let text = "\(token.hash)"
        #expect(text.count == 64)
        #expect(TokenHash(text) == token.hash)
        for wrong in [text + "0", String(text.dropLast()), "", text.dropLast() + "g", text.dropLast() + "A"] {
            #expect(TokenHash(wrong) == nil)
        }
    }

    @Test func `CRC-32 has the check value of its catalogue entry`() {
        #expect(CRC32.checksum(of: "123456789".utf8) == 0xCBF4_3926)
        #expect(CRC32.checksum(of: "".utf8) == 0)
    }

    @Test func `base62 is a number of fixed width`() {
        var zero: [UInt8] = [0, 0]
        var one: [UInt8] = [0, 1]
        var most: [UInt8] = [0xFF, 0xFF]
        #expect(Base62.encode(&zero, digits: 3) == "000")
        #expect(Base62.encode(&one, digits: 3) == "001")
        // 65535 = 17 · 62² + 3 · 62 + 1
        #expect(Base62.encode(&most, digits: 3) == "H31")
        #expect(most == [0, 0])
    }
}

struct IdentifierTests {
    @Test func `an identifier consists of its prefix and 16 digits`() throws {
        #expect("\(Identifier<Account>(rawValue: 0x6c8a_1f3b_2d4e_5f7a))" == "acct_6c8a1f3b2d4e5f7a")
        #expect("\(Identifier<Organization>(rawValue: 1))" == "org_0000000000000001")
        let random = try Identifier<User>(random: OpenSSLRandomSource())
        #expect(Identifier<User>("\(random)") == random)
    }

    @Test(arguments: [
        "", "acct_", "acct_123", "acct_6C8A1F3B2D4E5F7A", "user_6c8a1f3b2d4e5f7a", "acct_6c8a1f3b2d4e5f7aa",
        "acct_6c8a1f3b2d4e5f7g", "acct_+c8a1f3b2d4e5f7a", "6c8a1f3b2d4e5f7a",
    ])
    func `other texts are refused`(_ text: String) {
        #expect(Identifier<Account>(text) == nil)
    }
}

struct RoleTests {
    @Test func `roles rank within their kind only`() {
        let admin = RoleSet([.appAdmin])
        #expect(admin.mayGrant(RoleSet([.appGuest, .appMember, .appAdmin])))
        #expect(!admin.mayGrant(RoleSet([.appOwner])))
        #expect(!admin.mayGrant(RoleSet([.basic])))
        #expect(!RoleSet([.superAdmin]).mayGrant(RoleSet([.appGuest])))
        #expect(RoleSet([.developer, .appMember]).mayGrant(RoleSet([.basic, .appGuest])))
        #expect(RoleSet([]).mayGrant([]))
    }

    @Test func `a set names its roles in the order of rank`() {
        let set = RoleSet([.superAdmin, .appOwner, .appGuest, .appGuest])
        #expect(set.names == ["AppGuest", "AppOwner", "SuperAdmin"])
        #expect(set.inOrganization.names == ["AppGuest", "AppOwner"])
        #expect(set.onInstallation.names == ["SuperAdmin"])
    }

    @Test func `admin implies every scope, and no other implies any`() {
        for scope in Scope.allCases {
            #expect(ScopeSet([.admin]).grants(scope))
            #expect(ScopeSet([scope]).grants(scope))
            for other in Scope.allCases where other != scope && scope != .admin {
                #expect(!ScopeSet([scope]).grants(other))
            }
        }
        #expect(ScopeSet(names: "login unknown register").names == ["register", "login"])
    }
}
