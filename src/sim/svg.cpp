#include "svg.hpp"

#include <cstdint>

#include "numbers.hpp"
#include "text_table.hpp"

namespace pond::sim {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// Without the zeros at the end.
std::string coordinate(double value) {
  std::string text = fixed(value, 1);
  if (text.ends_with(".0")) {
    text.resize(text.size() - 2);
  }
  return text == "-0" ? "0" : text;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string{name} + "=\"" + xml_escaped(value) + "\"";
}

std::string attribute(std::string_view name, double value) {
  return attribute(name, coordinate(value));
}

std::string stroke_attributes(const Svg::Stroke& stroke) {
  std::string out = attribute("stroke", stroke.color) + attribute("stroke-width", stroke.width);
  return stroke.dashes.empty() ? out : out + attribute("stroke-dasharray", stroke.dashes);
}

/// The octets of the UTF-8 character that a text begins with; 0 when it is none that XML allows.
std::size_t character_size(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = at(0);
  if (first < 0x80) {
    return first >= 0x20 || first == '\n' || first == '\t' ? 1 : 0;
  }
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) {
    return 0;
  }
  std::uint32_t code = first & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xc0) != 0x80) {
      return 0;
    }
    code = (code << 6) | (at(i) & 0x3fU);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return overlong || surrogate || code > 0x10ffff || code == 0xfffe || code == 0xffff ? 0 : size;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    switch (text.front()) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default:
        out += size == 0 ? kReplacement : text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

Svg::Svg(double width, double height, std::string_view title, std::string_view background) {
  out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", width) + attribute("height", height) +
         attribute("viewBox", "0 0 " + coordinate(width) + " " + coordinate(height)) +
         attribute("font-family", "DejaVu Sans, Verdana, Arial, sans-serif") + attribute("role", "img") + ">\n<title>" +
         xml_escaped(title) + "</title>\n";
  rect(0, 0, width, height, background);
}

void Svg::line(double x1, double y1, double x2, double y2, const Stroke& stroke) {
  out_ += "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2) +
          stroke_attributes(stroke) + "/>\n";
}

void Svg::path(const Points& points, const Stroke& stroke) {
  if (points.empty()) {
    return;
  }
  std::string d;
  for (const auto& [x, y] : points) {
    d += d.empty() ? "M" : "L";
    d += coordinate(x) + " " + coordinate(y);
  }
  out_ += "<path" + attribute("d", d) + attribute("fill", "none") + attribute("stroke-linejoin", "round") +
          stroke_attributes(stroke) + "/>\n";
}

void Svg::rect(double x, double y, double width, double height, std::string_view color) {
  out_ += "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) + attribute("height", height) +
          attribute("fill", color) + "/>\n";
}

void Svg::circle(double x, double y, double radius, std::string_view color) {
  out_ +=
      "<circle" + attribute("cx", x) + attribute("cy", y) + attribute("r", radius) + attribute("fill", color) + "/>\n";
}

void Svg::text(double x, double y, std::string_view text, const TextStyle& style) {
  out_ += "<text" + attribute("x", x) + attribute("y", y) + attribute("font-size", style.size) +
          attribute("fill", style.color);
  if (style.anchor != Anchor::kStart) {
    out_ += attribute("text-anchor", style.anchor == Anchor::kMiddle ? "middle" : "end");
  }
  if (style.bold) {
    out_ += attribute("font-weight", "bold");
  }
  if (style.upwards) {
    out_ += attribute("transform", "rotate(-90 " + coordinate(x) + " " + coordinate(y) + ")");
  }
  out_ += ">" + xml_escaped(text) + "</text>\n";
}

std::string Svg::finish() && {
  out_ += "</svg>\n";
  return std::move(out_);
}

double Svg::text_width(std::string_view text, double size) {
  // The average of DejaVu Sans, which is a wide font: too much room is better than too little.
  constexpr double kWidthOfCharacter = 0.62;
  return static_cast<double>(width_of(text)) * size * kWidthOfCharacter;
}

}  // namespace pond::sim
