#include "pond/crypto/error_scope.hpp"

#include <openssl/err.h>

namespace pond::crypto {

ErrorScope::ErrorScope() {
  ERR_set_mark();
}
ErrorScope::~ErrorScope() {
  ERR_pop_to_mark();
}

}  // namespace pond::crypto
