#include "pond/base/result.hpp"

namespace pond {

Fault fault_of(Errc code) noexcept {
  switch (code) {
    case Errc::kInvalidArgument:
    case Errc::kLimit:
    case Errc::kClosed:
    case Errc::kCancelled:
    case Errc::kNotFound:
    case Errc::kNoPeers:
    case Errc::kInternal:
      return Fault::kOurs;
    case Errc::kMalformed:
    case Errc::kTooLarge:
    case Errc::kUnsupported:
    case Errc::kProtocol:
    case Errc::kBadSignature:
    case Errc::kWrongPeer:
    case Errc::kRefused:
    case Errc::kInvalidRecord:
      return Fault::kPeer;
    case Errc::kUnreachable:
    case Errc::kReset:
    case Errc::kDns:
      return Fault::kNetwork;
    case Errc::kTimeout:
      return Fault::kTime;
  }
  std::unreachable();
}

std::string_view name_of(Errc code) noexcept {
  switch (code) {
    case Errc::kInvalidArgument:
      return "invalid-argument";
    case Errc::kLimit:
      return "limit";
    case Errc::kClosed:
      return "closed";
    case Errc::kCancelled:
      return "cancelled";
    case Errc::kNotFound:
      return "not-found";
    case Errc::kNoPeers:
      return "no-peers";
    case Errc::kInternal:
      return "internal";
    case Errc::kMalformed:
      return "malformed";
    case Errc::kTooLarge:
      return "too-large";
    case Errc::kUnsupported:
      return "unsupported";
    case Errc::kProtocol:
      return "protocol";
    case Errc::kBadSignature:
      return "bad-signature";
    case Errc::kWrongPeer:
      return "wrong-peer";
    case Errc::kRefused:
      return "refused";
    case Errc::kInvalidRecord:
      return "invalid-record";
    case Errc::kUnreachable:
      return "unreachable";
    case Errc::kReset:
      return "reset";
    case Errc::kDns:
      return "dns";
    case Errc::kTimeout:
      return "timeout";
  }
  std::unreachable();
}

std::string_view name_of(Fault fault) noexcept {
  switch (fault) {
    case Fault::kOurs:
      return "ours";
    case Fault::kPeer:
      return "peer";
    case Fault::kNetwork:
      return "network";
    case Fault::kTime:
      return "time";
  }
  std::unreachable();
}

}  // namespace pond
