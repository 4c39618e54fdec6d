#include "yamux_stream.hpp"

#include <utility>

namespace pond::upgrade {

YamuxHeader YamuxStream::take_control_frame() noexcept {
  YamuxHeader header{.type = YamuxType::kWindowUpdate, .flags = 0, .stream = id, .length = 0};
  if (std::exchange(syn_due, false)) {
    header.flags |= kYamuxSyn;
  }
  if (std::exchange(ack_due, false)) {
    header.flags |= kYamuxAck;
  }
  if (std::exchange(update_due, false)) {
    header.length = ungranted();
    receive_credit += header.length;
  }
  if (fin_due()) {
    header.flags |= kYamuxFin;
    fin_sent = true;
  }
  return header;
}

YamuxHeader YamuxStream::take_data_header(std::uint32_t n) noexcept {
  YamuxHeader header{.type = YamuxType::kData, .flags = 0, .stream = id, .length = n};
  if (std::exchange(ack_due, false)) {
    header.flags |= kYamuxAck;
  }
  send_window -= n;
  return header;
}

}  // namespace pond::upgrade
