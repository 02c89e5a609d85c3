import Testing

@testable import Cryptography

/// Hashes that other programs made, each with the program's name.
struct ImportedHashTests {
    typealias Vector = (password: String, hash: String)

    static let staple = "correct horse battery staple"
    static let umlauts = "pässwörd ✓"

    @Test(
        "crypt_blowfish 1.3, wrapper.c",
        arguments: [
            ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
            ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
            ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
        ])
    func blowfish(_ vector: Vector) throws {
        try expectMatch(vector)
    }

    @Test(
        "crypt_blowfish 1.3, wrapper.c: bytes beyond ASCII",
        arguments: [
            ([0xA3], "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
            ([0xA3], "$2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
            ([0xFF, 0xFF, 0xA3], "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
            ([0xFF, 0xFF, 0xA3], "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
        ] as [([UInt8], String)])
    func blowfishBytes(_ password: [UInt8], _ hash: String) throws {
        #expect(try PasswordHash(importing: hash).matches(Secret(password)))
    }

    @Test(
        "SHA-crypt.txt by Ulrich Drepper",
        arguments: [
            (
                "Hello world!",
                "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
            ),
            (
                "Hello world!",
                "$6$rounds=10000$saltstringsaltst$"
                    + "OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."
            ),
            (
                "a very much longer text to encrypt.  This one even stretches over morethan one line.",
                "$6$rounds=1400$anotherlongsalts$"
                    + "POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1"
            ),
            (
                "a short string",
                "$6$rounds=123456$asaltof16chars..$"
                    + "BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycULevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1"
            ),
            ("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
            ("Hello world!", "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"),
            ("This is just a test", "$5$rounds=5000$toolongsaltstrin$Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5"),
            (
                "the minimum number is still observed",
                "$5$rounds=1000$roundstoolow$yfvwcWrQ8l/K0DAWyuPMDNHpIVlTQebY9l/gL972bIC"
            ),
        ])
    func shaCrypt(_ vector: Vector) throws {
        try expectMatch(vector)
    }

    @Test func `yescrypt 1.1, TESTS-OK`() throws {
        try expectMatch(("pleaseletmein", "$y$jC4$LdJMENpBABJJ3hIHjB1B$jVg4HoqqpbmQv/NCpin.QCMagJ8o4QX7lXdzvVV0xFC"))
        try expectMatch(
            ("pleaseletmein", "$7$06..../....SodiumChloride$ENlyo6fGw4PCcDBOFepfSZjFUnVatHzCcW55.ZGz3B0"),
            stored: "$scrypt$ln=2,r=8,p=1$U29kaXVtQ2hsb3JpZGU$UBb7NLJKvLE56NNokVqvXvlG4Bya+fQ7qHgcQCn9RSM")
    }

    @Test(
        "Programs of the system",
        arguments: [
            // htpasswd -B, -2 and -5 of Apache 2.4.71
            (staple, "$2y$07$HLklJEQ1L0JCs2Lv57OZvO1PSKUGOKLPwZMqdQPYQItulzDYntG92"),
            (staple, "$5$d2SxT56AKgekSYkN$85bgijUE8u/1tyWA9EMIq.twHUfzb8hyYS20aPn82Q1"),
            (
                staple,
                "$6$HqyBw2XMADTA/cVF$"
                    + "f2vLxl0YkDntUWNrNm6mt4mC2EjjKhCtVrvaC4xYjESExz8olB7oZxUZ27RcpX6Z25MKK7o2SeTL3EPPsy8zY0"
            ),
            // password_hash() and crypt() of PHP 8.2
            (staple, "$2y$06$ay9Za16rUzUzwpSEsIHYCeDl6j7gkHUSLConqzhpEkZlJzx4OZSeu"),
            (umlauts, "$2y$05$SbL2cWhyhfALT26eO.hVDuwAOLFhPK5vcPv3O4e8MXtTExPGzgqOO"),
            (umlauts, "$5$rounds=1000$phpsalt$XsDsGdXblINnZi7TnU1GtNBX3XjzR.DfZ5QejvDFfm9"),
            // openssl passwd -5
            (umlauts, "$5$opensslsalt$avLeqDrqlsJLI5ATv1CaXirTh.6YkmBk6Iiae5f9Rv5"),
            // bcrypt 4.0 of Python
            (umlauts, "$2b$06$waDzh6XxihYo9eEFx3A9N.vxGqYF0IodKmIKuqLKvC24sr48tmeLC"),
            (umlauts, "$2a$06$quJfAd/.EqEGCETgKUiFIeummNfW/FF05P7s7zGWrpTIUwHtz2Oqe"),
            // mkpasswd 5.5.17 of Debian: as passwd puts it into /etc/shadow
            (staple, "$y$j9T$V57d2A8u0CvwLOBYa10vA1$dZAlV3NwcILlmUPyNm4sMEsBlPiGVdKvK0YmuFUUQBA"),
            (umlauts, "$y$j9T$CIdUWZAvfUAlYnKtp4LWN1$5JxtilYebE1I5aLlsiyoKOWMK6ZKEXcecB6K6nNhS13"),
            (staple, "$gy$j9T$3/tA4wx9BoqK7lpWymsHo1$4opo35m56sDfx8Gx5RBr4K5z4nBUAonRgsCAVP23c16"),
            // pyescrypt 0.1
            (staple, "$y$j9T$kZLNnBaQt/5Rn34Po3XAn.$8BFsyRIicghY.85j2kjc0.dq6n08kRSV297VfpD8IG6"),
            (umlauts, "$y$j75$kZLNnBaQt/5Rn34Po3XAn.$DSdJJvkMUDg.YxHAEOgDCrk6S/j2lr6NTgTURUymcu1"),
        ])
    func system(_ vector: Vector) throws {
        try expectMatch(vector)
    }

    @Test(
        "Libraries that write a form of their own",
        arguments: [
            // passlib 1.7.4
            (
                staple, "$pbkdf2-sha256$29000$snYO4fw/J0TIWYuxFuJcSw$K0h/LbbROKcbjdOBZzW8Do5nuqLb34uX0Zr4D9r3aC4",
                "$pbkdf2-sha256$i=29000$snYO4fw/J0TIWYuxFuJcSw$K0h/LbbROKcbjdOBZzW8Do5nuqLb34uX0Zr4D9r3aC4"
            ),
            (
                umlauts, "$pbkdf2-sha256$1000$ACCkVIoxxpg$61CEgvLDqycy05hTfjPsvlpywZUz/Ax3B7Ym3pXVegE",
                "$pbkdf2-sha256$i=1000$ACCkVIoxxpg$61CEgvLDqycy05hTfjPsvlpywZUz/Ax3B7Ym3pXVegE"
            ),
            (
                staple, "$scrypt$ln=12,r=8,p=1$JySEkNI6x1gLobQWQug9xw$nlS+LMc+Gt5lULErhaCgjjac9GNO9Czb7JoybwbkGpc",
                "$scrypt$ln=12,r=8,p=1$JySEkNI6x1gLobQWQug9xw$nlS+LMc+Gt5lULErhaCgjjac9GNO9Czb7JoybwbkGpc"
            ),
            // Django 5.2.19
            (
                staple, "pbkdf2_sha256$20000$FJDAt0o9aEfEDKSk2h6GPG$2cCC5ZI3D1OpM+i8liboYr4ZfYJfhU1BKKoucKbmthQ=",
                "$pbkdf2-sha256$i=20000$RkpEQXQwbzlhRWZFREtTazJoNkdQRw$2cCC5ZI3D1OpM+i8liboYr4ZfYJfhU1BKKoucKbmthQ"
            ),
            (
                umlauts, "pbkdf2_sha256$1000$seasalt$ABvFp+v377Hh1RXMH+y4cbMHz/scCkl9J8/53ppe+Kg=",
                "$pbkdf2-sha256$i=1000$c2Vhc2FsdA$ABvFp+v377Hh1RXMH+y4cbMHz/scCkl9J8/53ppe+Kg"
            ),
            (
                staple,
                "scrypt$1024$ZuL8MjsdL32AzirZctuWYU$8$5$"
                    + "idCJJbAqeS9TKjHwPqkTOrbkErGTf/HQufQZhtinAGoYl9SnHpDKpdS/Vt6++m0pBb4uKy1Hj+E+b6wnefIF5w==",
                "$scrypt$ln=10,r=8,p=5$WnVMOE1qc2RMMzJBemlyWmN0dVdZVQ$"
                    + "idCJJbAqeS9TKjHwPqkTOrbkErGTf/HQufQZhtinAGoYl9SnHpDKpdS/Vt6++m0pBb4uKy1Hj+E+b6wnefIF5w"
            ),
            (
                staple, "bcrypt$$2b$05$8Rtz8oIUSz3Ig6bGszcyYesTHg0R7yvq.Q5A6EMmUyhXemuGARlCe",
                "$2b$05$8Rtz8oIUSz3Ig6bGszcyYesTHg0R7yvq.Q5A6EMmUyhXemuGARlCe"
            ),
            // libsodium in PyNaCl 1.6.2; the hash behind it is that of hashlib.scrypt in Python
            (
                staple,
                "$7$C6..../....meOZ287x0UPBRqKY/ZSgu41ZkgPwy0rURotALqsRlk5$Q0kgaRlRnJCLZFhWVkRUvtDEzjYhMrL2zqMbZ32lXj9",
                "$scrypt$ln=14,r=8,p=1$bWVPWjI4N3gwVVBCUnFLWS9aU2d1NDFaa2dQd3kwclVSb3RBTHFzUmxrNQ$"
                    + "nACzZhd3c+VcZdSKIdyBe/5A/0u22H0Rv42dZUHE47s"
            ),
        ])
    func libraries(_ password: String, _ hash: String, _ stored: String) throws {
        try expectMatch((password, hash), stored: stored)
    }

    @Test(
        "Argon2id", .enabled(if: Argon2id.isAvailable, "no library here has it"),
        arguments: [
            // argon2-cffi 25.1
            (
                staple,
                "$argon2id$v=19$m=65536,t=3,p=4$J5r+jKMZDX2V13euF4f9yw$OC1qE4yS7na7VNV7U6Yqsm85We6HpfusAGIRy5b7r6Y", nil
            ),
            // password_hash() of PHP 8.2
            (
                staple,
                "$argon2id$v=19$m=65536,t=4,p=1$ZC50MkNZaXQ5d2RuQUVzaw$8cSnq/aJN4VEqoUvSVpGedu/emz9SktL65Vs03bnG+8", nil
            ),
            // libsodium in PyNaCl 1.6.2, and the same with its parameters in another order
            (
                staple,
                "$argon2id$v=19$m=8192,t=2,p=1$K6VbTROXADjcRHWUKfFNWw$XGbKIZx2j/gACW0awcXAWDyRTlgzDUCDHO6zszHZIKk", nil
            ),
            (
                staple,
                "$argon2id$v=19$t=2,m=8192,p=1$K6VbTROXADjcRHWUKfFNWw$XGbKIZx2j/gACW0awcXAWDyRTlgzDUCDHO6zszHZIKk",
                "$argon2id$v=19$m=8192,t=2,p=1$K6VbTROXADjcRHWUKfFNWw$XGbKIZx2j/gACW0awcXAWDyRTlgzDUCDHO6zszHZIKk"
            ),
            // Django 5.2.19
            (
                staple,
                "argon2$argon2id$v=19$m=102400,t=2,p=8$VXZndEhvQW45RG5ic1RxV3QyMW51aQ$"
                    + "+6GywuIiMZZ/gIBE1PmVjQ3J0k26VJHxegT3BCinaDI",
                "$argon2id$v=19$m=102400,t=2,p=8$VXZndEhvQW45RG5ic1RxV3QyMW51aQ$"
                    + "+6GywuIiMZZ/gIBE1PmVjQ3J0k26VJHxegT3BCinaDI"
            ),
        ] as [(String, String, String?)])
    func argon2id(_ password: String, _ hash: String, _ stored: String?) throws {
        try expectMatch((password, hash), stored: stored)
    }

    @Test func `without a library for Argon2id its hashes are refused, with the way to mend that`() {
        guard !Argon2id.isAvailable else { return }
        #expect(throws: PasswordHash.Fault.unavailable(Argon2id.remedy)) {
            try PasswordHash(
                importing:
                    "$argon2id$v=19$m=8192,t=2,p=1$K6VbTROXADjcRHWUKfFNWw$XGbKIZx2j/gACW0awcXAWDyRTlgzDUCDHO6zszHZIKk")
        }
    }

    /// - Parameter stored: the form in which it is stored; `nil` if that is how it came.
    private func expectMatch(_ vector: Vector, stored: String? = nil) throws {
        let hash = try PasswordHash(importing: vector.hash)
        #expect(hash.encoded == stored ?? vector.hash)
        #expect(PasswordHash(encoded: hash.encoded) == hash, "what is stored can be read again")
        #expect(hash.remedy(.none) == nil)
        #expect(try hash.matches(Secret(Array(vector.password.utf8))))
        #expect(try !hash.matches(Secret(Array("\(vector.password) ".utf8))))
        #expect(try !hash.matches(Secret(Array("\(vector.password)\0".utf8))))
        #expect(try !hash.matches(Secret([0])))
        if !vector.password.isEmpty { #expect(try !hash.matches(Secret([]))) }
    }
}

struct ForeignPasswordTests {
    @Test func `bcrypt looks at 72 bytes, as where the hash was made`() throws {
        let digits = String(repeating: "0123456789", count: 10)
        // PHP 8.2
        let hash = try PasswordHash(importing: "$2y$04$Ey8Ul8ds8j.uN4NS7zS5y.OC7cDz558wThoCrwpHFo5IYUe/w1B6u")
        #expect(try hash.matches(Secret(Array(digits.utf8))))
        #expect(try hash.matches(Secret(Array(digits.utf8.prefix(72)))))
        #expect(try hash.matches(Secret(Array(String(repeating: digits, count: 20).utf8))))
        #expect(try !hash.matches(Secret(Array(digits.utf8.prefix(71)))))
    }

    @Test func `a password that libcrypt cannot take matches nothing, also where its beginning would`() throws {
        let longest = [UInt8](repeating: UInt8(ascii: "a"), count: 511)
        // PHP 8.2, whose own SHA-crypt takes longer ones
        let hash = try PasswordHash(importing: Self.hashOf511)
        #expect(try hash.matches(Secret(longest)))
        #expect(try !hash.matches(Secret(longest + [UInt8(ascii: "a")])))
        #expect(try !hash.matches(Secret([UInt8](repeating: UInt8(ascii: "a"), count: 4096))))
    }

    private static let hashOf511 = "$5$rounds=1000$phpsalt$JxJNH8RwOi7DWudzFXHFr/HbpRB/sl8rnhBysqBog/4"

    @Test func `a bit of the salt that counts for nothing does not keep a password from matching`() throws {
        // htpasswd's hash with the last digit of the salt written as some older programs do.
        let hash = try PasswordHash(importing: "$2y$07$HLklJEQ1L0JCs2Lv57OZvP1PSKUGOKLPwZMqdQPYQItulzDYntG92")
        #expect(try hash.matches(Secret(Array("correct horse battery staple".utf8))))
    }

    @Test func `no new hash is made as a foreign one was, so it is always outdated`() throws {
        let hash = try PasswordHash(importing: "$2y$07$HLklJEQ1L0JCs2Lv57OZvO1PSKUGOKLPwZMqdQPYQItulzDYntG92")
        #expect(hash.scheme == nil)
    }

    @Test(arguments: [
        "$y$j75$abcdefghijklmnopqrstu.", "$y$j7.$abcdefghijklmnopqrstu.", "$y$j71$abcdefghijklmnopqrstu.",
        "$y$j95$", "$gy$j75$a.", "$6$$", "$6$rounds=1000$a-b,c$", "$5$~$", "$2a$04$......................",
    ])
    func `what is taken over, libcrypt can check`(_ start: String) throws {
        let outputs = ["6": 86, "2a": 31]
        let length = outputs[String(start.split(separator: "$")[0])] ?? 43
        let separator = start.hasSuffix("$") || start.hasPrefix("$2") ? "" : "$"
        let text = start + separator + String(repeating: ".", count: length)
        let normal = text.hasPrefix("$y$j95$") ? "$y$j95$$" + String(repeating: ".", count: 43) : text
        #expect(try !PasswordHash(importing: normal).matches(Secret(Array("password".utf8))))
    }
}

struct RefusedHashTests {
    static let sha512 = "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
    static let digits43 = String(repeating: "a", count: 42) + "1"

    @Test(arguments: [
        "", "$", "$$", "password", "5f4dcc3b5aa765d61d8327deb882cf99", "!", "*", "$apr2$x$y$z",
        "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
        "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA", "$pbkdf2-sha3-512$1000$c2FsdA$c2FsdHNhbHQ",
        "pbkdf2_sha3$1000$a$I+to+TwEHmTUGlku2nEc++JKPsM=", "md5$a$b", "$y$", "bcrypt$x", "$sm3$a$b",
    ])
    func `an algorithm that cannot be checked`(_ text: String) {
        #expect(throws: PasswordHash.Fault.unknown) { try PasswordHash(importing: text) }
        #expect(PasswordHash(encoded: text) == nil)
    }

    @Test(arguments: [
        // bcrypt: short, long, a digit that is none, a cost that is none
        "$2b$12$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgH",
        "$2b$12$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHee",
        "$2b$12$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgH=",
        "$2b$03$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHe",
        "$2b$32$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHe",
        "$2b$9$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHe",
        "$2b$+9$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHe",
        "$2b$12$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHe$",
        "bcrypt$$2b$12$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgH",
        // SHA-crypt
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl", "$6$rounds=999$salt$\(sha512)",
        "$6$rounds=05000$salt$\(sha512)", "$6$rounds=$salt$\(sha512)", "$6$rounds=-1$salt$\(sha512)",
        "$6$rounds=99999999999999999999$salt$\(sha512)", "$6$saltsaltsaltsalts$\(sha512)", "$6$a:b$\(sha512)",
        "$6$salt\n$\(sha512)", "$5$salt$\(sha512)", "$6$a$b$\(sha512)",
        // yescrypt: no parameters, another flavour, more parameters, too small, a salt that is none
        "$y$$salt$\(digits43)", "$y$/9T$saltsalt$\(digits43)", "$y$jD5.7$LdJMENpBABJJ3hIHjB1Bi.$\(digits43)",
        "$y$j65$saltsalt$\(digits43)", "$y$j9T$salts$\(digits43)", "$y$j9T$salt!alt$\(digits43)",
        "$y$j9T$saltsalt$\(digits43)1", "$y$jzT$saltsalt$\(digits43)",
        // scrypt
        "$scrypt$ln=10,r=8$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA", "$scrypt$ln=10,r=8,p=1,x=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$scrypt$ln=10,r=8,p=1,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA", "$scrypt$ln=10,r=8,p=1$c2FsdA", "$scrypt$",
        "$scrypt$ln=10,r=8,p=1$$c2FsdHNhbHRzYWx0c2FsdA", "$scrypt$ln=10,r=8,p=1$c2FsdA$c2FsdA",
        "$scrypt$ln=10,r=8,p=0$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA", "$scrypt$ln=,r=8,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "scrypt$1000$salt$8$1$c2FsdHNhbHRzYWx0c2FsdA", "scrypt$1024$salt$8$c2FsdHNhbHRzYWx0c2FsdA",
        "scrypt$-8$salt$8$1$c2FsdHNhbHRzYWx0c2FsdA", "$7$06..../....$\(digits43)", "$7$06..../....salt",
        "$7$0!..../....salt$\(digits43)", "$7$06..../....salt$\(digits43)$",
        // Argon2id: version, salt, memory
        "$argon2id$m=64,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=16$m=64,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=19$m=7,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=19$m=64,t=1,p=1,keyid=QQ$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA", "argon2$argon2id$x",
        // PBKDF2
        "pbkdf2_sha256$0$salt$c2FsdHNhbHRzYWx0c2FsdA==", "pbkdf2_sha256$1000$salt", "pbkdf2_sha256$1000$salt$!",
        "pbkdf2_sha256$1000$$c2FsdHNhbHRzYWx0c2FsdA==", "$pbkdf2-sha256$1000$c2FsdA",
        "$pbkdf2-sha256$i=1000,l=32$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$pbkdf2-sha256$01000$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$scrypt$ln=10,r=8,p=1$c2FsdA$" + String(repeating: "A", count: 600),
    ])
    func `a form that is wrong`(_ text: String) {
        #expect(throws: PasswordHash.Fault.malformed) { try PasswordHash(importing: text) }
        #expect(PasswordHash(encoded: text) == nil)
    }

    @Test(arguments: [
        "$2b$16$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHe", "$6$rounds=1000001$salt$\(sha512)",
        "$5$rounds=999999999$salt$\(digits43)", "$y$jET$saltsalt$\(digits43)", "$y$jiT$saltsalt$\(digits43)",
        "$gy$jFT$saltsalt$\(digits43)", "$scrypt$ln=18,r=9,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$scrypt$ln=17,r=8,p=9$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$scrypt$ln=9223372036854775807,r=9223372036854775807,p=9223372036854775807$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "scrypt$1048576$salt$8$1$c2FsdHNhbHRzYWx0c2FsdA", "$7$I6..../....salt$\(digits43)",
        "$argon2id$v=19$m=262145,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=19$m=262144,t=17,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=19$m=9223372036854775807,t=9223372036854775807,p=8$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "pbkdf2_sha256$10000001$salt$c2FsdHNhbHRzYWx0c2FsdA==",
    ])
    func `a hash whose every check would cost too much`(_ text: String) {
        do throws(PasswordHash.Fault) {
            _ = try PasswordHash(importing: text)
            Issue.record("taken over")
        } catch {
            guard case .tooCostly = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `what is at the limits is taken over`() throws {
        for text in [
            "$2b$15$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHe", "$6$rounds=1000000$salt$\(Self.sha512)",
            "$y$jDT$saltsalt$\(Self.digits43)", "$scrypt$ln=18,r=8,p=4$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
            "pbkdf2_sha256$10000000$salt$c2FsdHNhbHRzYWx0c2FsdA==",
        ] {
            #expect(throws: Never.self) { try PasswordHash(importing: text) }
        }
    }
}
