package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"golang.org/x/crypto/sha3"
)

// ethAddress is an Ethereum account: the last 20 octets of its public key's hash.
type ethAddress [20]byte

// ethSignature is r, s and v, 27 or 28.
type ethSignature [65]byte

// testEthKey is the key of the agent of one test, which everybody who knows the test's key can make.
func testEthKey(testKey string) *secp256k1.PrivateKey {
	seed := sha256.Sum256([]byte("pond-interop-" + testKey))
	return secp256k1.PrivKeyFromBytes(seed[:])
}

func ethAddressOf(key *secp256k1.PublicKey) ethAddress {
	return ethAddress(keccak256(key.SerializeUncompressed()[1:])[12:])
}

// lowercase is 0x and 40 lowercase hex digits.
func (a ethAddress) lowercase() string {
	return "0x" + hex.EncodeToString(a[:])
}

// checksummed is the spelling of EIP-55: a letter is a capital where the hash of the lowercase digits has 8 or more.
func (a ethAddress) checksummed() string {
	digits := hex.EncodeToString(a[:])
	hash := hex.EncodeToString(keccak256([]byte(digits)))
	spelled := []byte(digits)
	for i := range spelled {
		if hash[i] >= '8' {
			spelled[i] = strings.ToUpper(digits[i : i+1])[0]
		}
	}
	return "0x" + string(spelled)
}

// parseChecksummed takes the spelling of EIP-55 and no other.
func parseChecksummed(text string) (ethAddress, error) {
	var a ethAddress
	octets, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil || len(octets) != len(a) {
		return a, errors.New("not an Ethereum address")
	}
	copy(a[:], octets)
	if a.checksummed() != text {
		return a, errors.New("not a checksummed Ethereum address")
	}
	return a, nil
}

// personalHash is the hash of a personal message (EIP-191, version 0x45).
func personalHash(message []byte) []byte {
	return keccak256(fmt.Appendf(nil, "\x19Ethereum Signed Message:\n%d", len(message)), message)
}

func signPersonal(key *secp256k1.PrivateKey, message []byte) ethSignature {
	compact := ecdsa.SignCompact(key, personalHash(message), false)
	var signature ethSignature
	copy(signature[:64], compact[1:])
	signature[64] = compact[0]
	return signature
}

// recoverPersonal returns who signed. Only one of the two forms of a signature is taken: that with s in the lower half.
func recoverPersonal(signature ethSignature, message []byte) (ethAddress, error) {
	v := signature[64]
	if v != 27 && v != 28 {
		return ethAddress{}, errors.New("v is not 27 or 28")
	}
	var s secp256k1.ModNScalar
	if s.SetByteSlice(signature[32:64]) || s.IsOverHalfOrder() {
		return ethAddress{}, errors.New("s is not in the lower half")
	}
	key, _, err := ecdsa.RecoverCompact(append([]byte{v}, signature[:64]...), personalHash(message))
	if err != nil {
		return ethAddress{}, err
	}
	return ethAddressOf(key), nil
}

func keccak256(parts ...[]byte) []byte {
	hash := sha3.NewLegacyKeccak256()
	for _, part := range parts {
		hash.Write(part)
	}
	return hash.Sum(nil)
}
