#!/bin/sh
# Makes the certificates of the fake server anew. They are for the tests only: nothing else trusts them, and their keys are public.
# Those of a cluster made by hand ("plain") lack what Python 3.13 asks for by default, and kubectl does not.
set -eu
cd "$(dirname "$0")"
openssl version >/dev/null

new() {     # NAME SUBJECT: a key and a request
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
}
authority() {   # NAME SUBJECT
    new "$1" "$2"
    printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n' > ext
    openssl x509 -req -in "$1.csr" -signkey "$1.key" -days 36500 -extfile ext -out "$1.crt" 2>/dev/null
}
signed() {      # NAME SUBJECT EXTENSIONS [START END]: by ca
    new "$1" "$2"
    printf '%b' "$3" > ext
    : > index
    printf '[ca]\ndefault_ca=c\n[c]\ndatabase=index\nrand_serial=yes\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\norganizationName=optional\n' > conf
    openssl ca -batch -notext -config conf -cert "${6:-ca}.crt" -keyfile "${6:-ca}.key" -in "$1.csr" -out "$1.crt" -extfile ext \
        -startdate "${4:-20250101000000Z}" -enddate "${5:-21250101000000Z}" 2>/dev/null
}
authority ca /CN=test-authority
authority other-ca /CN=other-authority
server='subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n'
signed server /CN=server "${server}subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:api.test\n"
signed expired /CN=server "${server}subjectAltName=IP:127.0.0.1\n" 20200101000000Z 20210101000000Z
signed named /CN=127.0.0.1 "${server}subjectAltName=DNS:elsewhere.test\n"
signed unnamed /CN=api.test "${server}"
signed client /O=people/CN=jane 'extendedKeyUsage=clientAuth\n'
signed client2 /O=people/CN=rotated 'extendedKeyUsage=clientAuth\n'
new plain-ca /CN=plain-authority
printf 'basicConstraints=CA:TRUE\n' > ext
openssl x509 -req -in plain-ca.csr -signkey plain-ca.key -days 36500 -extfile ext -out plain-ca.crt 2>/dev/null
signed plain /CN=server 'subjectAltName=IP:127.0.0.1\n' '' '' plain-ca
rm -f ./*.csr ext conf index* ca.key other-ca.key plain-ca.key ./*.pem
