# Hashes of slappasswd with the modules of OpenLDAP, of htpasswd and of openssl, a line of JSON each. Run by `make`.
passwords=('correct horse battery staple' 'pässwörd ✓')

write() {
    python3 -c 'import json, sys; print(json.dumps(dict(zip(("by", "password", "hash"), sys.argv[1:])), ensure_ascii=False))' "$@"
}

openldap="OpenLDAP $(dpkg-query -W -f '${Version}' slapd), slappasswd"
apache="Apache $(dpkg-query -W -f '${Version}' apache2-utils), htpasswd"
openssl=$(openssl version | cut -d ' ' -f 1,2)
for password in "${passwords[@]}"; do
    for scheme in MD5 SMD5 SHA SSHA; do
        write "$openldap" "$password" "$(slappasswd -h "{$scheme}" -s "$password")"
    done
    for scheme in SHA256 SSHA256 SHA384 SSHA384 SHA512 SSHA512; do
        write "$openldap, pw-sha2" "$password" \
            "$(slappasswd -o module-path=/usr/lib/ldap -o module-load=pw-sha2 -h "{$scheme}" -s "$password")"
    done
    for scheme in PBKDF2 PBKDF2-SHA1 PBKDF2-SHA256 PBKDF2-SHA512; do
        write "$openldap, pw-pbkdf2" "$password" \
            "$(slappasswd -o module-path=/usr/lib/ldap -o module-load=pw-pbkdf2 -h "{$scheme}" -s "$password")"
    done
    write "$openldap, argon2" "$password" \
        "$(slappasswd -o module-path=/usr/lib/ldap -o 'module-load=argon2 p=1 m=1024 t=3' -h '{ARGON2}' -s "$password")"
    write "$openldap, CRYPT" "$password" "$(slappasswd -h '{CRYPT}' -c '$6$%.16s' -s "$password")"
    write "$apache -m" "$password" "$(htpasswd -nbm user "$password" | cut -d : -f 2 | head -n 1)"
    write "$apache -s" "$password" "$(htpasswd -nbs user "$password" | cut -d : -f 2 | head -n 1)"
    write "$apache -B" "$password" "$(htpasswd -nbB -C 5 user "$password" | cut -d : -f 2 | head -n 1)"
    write "$openssl, passwd -apr1" "$password" "$(openssl passwd -apr1 "$password")"
    write "$openssl, passwd -1" "$password" "$(openssl passwd -1 "$password")"
done
