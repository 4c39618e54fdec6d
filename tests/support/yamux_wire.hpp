#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pond/upgrade/yamux.hpp"

/// Yamux frames by hand, and what a session sends and reports as short text.
namespace pond::upgrade::testing {

inline Bytes frame(YamuxType type, std::uint16_t flags, StreamId stream, std::uint32_t length, BytesView payload = {}) {
  Bytes out;
  append_yamux_header(out, {.type = type, .flags = flags, .stream = stream, .length = length});
  append(out, payload);
  return out;
}

inline Bytes data(std::uint16_t flags, StreamId stream, BytesView payload) {
  return frame(YamuxType::kData, flags, stream, static_cast<std::uint32_t>(payload.size()), payload);
}

inline Bytes data(std::uint16_t flags, StreamId stream, std::string_view payload) {
  return data(flags, stream, as_bytes(payload));
}

inline Bytes update(std::uint16_t flags, StreamId stream, std::uint32_t delta = 0) {
  return frame(YamuxType::kWindowUpdate, flags, stream, delta);
}

inline Bytes ping_frame(std::uint16_t flags, std::uint32_t value) {
  return frame(YamuxType::kPing, flags, 0, value);
}

inline Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) {
    append(out, part);
  }
  return out;
}

/// `size` bytes that differ from their neighbours and from stream to stream.
inline Bytes pattern(std::size_t size, std::uint8_t seed = 0) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<std::uint8_t>((i * 31) ^ (i >> 8) ^ seed);
  }
  return out;
}

struct Frame {
  YamuxHeader header;
  Bytes payload;
};

/// Cuts whole frames; the test ends with an exception when there is something else.
inline std::vector<Frame> cut(BytesView in) {
  std::vector<Frame> frames;
  while (!in.empty()) {
    Frame next;
    next.header = decode_yamux_header(in.first(kYamuxHeaderBytes).first<kYamuxHeaderBytes>()).value();
    in = in.subspan(kYamuxHeaderBytes);
    if (next.header.type == YamuxType::kData) {
      if (in.size() < next.header.length) {
        throw std::runtime_error("a frame was cut short");
      }
      next.payload = to_bytes(in.first(next.header.length));
      in = in.subspan(next.header.length);
    }
    frames.push_back(std::move(next));
  }
  return frames;
}

inline std::string text(const std::vector<Frame>& frames) {
  static constexpr const char* kNames[] = {"data", "update", "ping", "goaway"};
  static constexpr const char* kFlags[] = {"+syn", "+ack", "+fin", "+rst"};
  std::string out;
  for (const Frame& frame : frames) {
    out += out.empty() ? "" : ", ";
    out += kNames[static_cast<std::size_t>(frame.header.type)];
    for (unsigned i = 0; i < 4; ++i) {
      out += (frame.header.flags >> i & 1) != 0 ? kFlags[i] : "";
    }
    if (frame.header.stream != 0) {
      out += " #" + std::to_string(frame.header.stream);
    }
    out += " " + std::to_string(frame.header.length);
  }
  return out;
}

/// Everything that the session wants to send, as frames.
inline std::vector<Frame> take_frames(Yamux& yamux) {
  Bytes out;
  while (yamux.has_output()) {
    if (yamux.produce(out, 65536) == 0) {
      throw std::runtime_error("has_output() without output");
    }
  }
  return cut(out);
}

/// The same as text, e.g. `update+syn #1 0, data #1 5`.
inline std::string sent(Yamux& yamux) {
  return text(take_frames(yamux));
}

inline std::string name(const YamuxEvent& event) {
  static constexpr const char* kNames[] = {"opened", "readable", "writable", "finished",
                                           "reset",  "openable", "goaway",   "pong"};
  std::string out = kNames[static_cast<std::size_t>(event.kind)];
  if (event.stream != 0) {
    out += " #" + std::to_string(event.stream);
  }
  if (event.code != 0) {
    out += " code " + std::to_string(event.code);
  }
  return out;
}

/// All events that are pending, as text, e.g. `opened #1, readable #1`.
inline std::string events(Yamux& yamux) {
  std::string out;
  while (const auto event = yamux.poll()) {
    out += (out.empty() ? "" : ", ") + name(*event);
  }
  return out;
}

/// Reads and consumes all that the stream holds.
inline std::string read_all(Yamux& yamux, StreamId stream, Instant now = {}) {
  const std::string out = to_string(yamux.peek(stream));
  yamux.consume(stream, out.size(), now);
  return out;
}

}  // namespace pond::upgrade::testing
