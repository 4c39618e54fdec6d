#include "pond/kad/records/verdict.hpp"

namespace pond::kad {

std::string_view name_of(RejectReason reason) noexcept {
  switch (reason) {
    case RejectReason::kUnknownNamespace:
      return "unknown-namespace";
    case RejectReason::kBadKey:
      return "bad-key";
    case RejectReason::kTooLarge:
      return "too-large";
    case RejectReason::kMalformed:
      return "malformed";
    case RejectReason::kBadMember:
      return "bad-member";
    case RejectReason::kWrongDomain:
      return "wrong-domain";
    case RejectReason::kWrongNetwork:
      return "wrong-network";
    case RejectReason::kFromTheFuture:
      return "from-the-future";
    case RejectReason::kExpired:
      return "expired";
    case RejectReason::kWrongKey:
      return "wrong-key";
    case RejectReason::kUnsigned:
      return "unsigned";
    case RejectReason::kWrongSender:
      return "wrong-sender";
    case RejectReason::kBadSignature:
      return "bad-signature";
  }
  return "unknown";
}

}  // namespace pond::kad
