// Reading the text of a heap snapshot; see the header. Past 400 lines because
// the states of the reader are one piece.
#include "heap_graph.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "block_scopes.h"
#include "module_exports.h"

namespace abtrace {
namespace {

// Names are for people: what is longer is cut.
constexpr size_t kMostNameBytes = 200;
constexpr size_t kMostHeaderBytes = 64 * 1024;
// V8 writes snapshots that fit its own 32-bit ids.
constexpr uint64_t kMostRecords = 1u << 31;

constexpr std::string_view kPartOfKey = "part of key (";

// The items of the list of strings that follows `key` in `text`; a list of
// lists gives its first.
std::vector<std::string> ListAfter(const std::string& text,
                                   std::string_view key) {
  std::vector<std::string> items;
  size_t at = text.find(key);
  if (at == std::string::npos) return items;
  at += key.size();
  while (at < text.size() && text[at] == '[') ++at;
  while (at < text.size() && text[at] == '"') {
    const size_t end = text.find('"', at + 1);
    if (end == std::string::npos) return {};
    items.push_back(text.substr(at + 1, end - at - 1));
    at = end + 1;
    if (at < text.size() && text[at] == ',') ++at;
  }
  return items;
}

uint64_t NumberAfter(const std::string& text, std::string_view key) {
  size_t at = text.find(key);
  if (at == std::string::npos) return 0;
  uint64_t number = 0;
  for (at += key.size(); at < text.size() && text[at] >= '0' && text[at] <= '9';
       ++at) {
    number = number * 10 + static_cast<uint64_t>(text[at] - '0');
    if (number > kMostRecords) return kMostRecords;
  }
  return number;
}

int IndexOf(const std::vector<std::string>& items, std::string_view item) {
  const auto found = std::find(items.begin(), items.end(), item);
  return found == items.end() ? -1 : static_cast<int>(found - items.begin());
}

NodeType NodeTypeNamed(const std::string& name) {
  if (name == "array") return NodeType::kArray;
  if (name == "object") return NodeType::kObject;
  if (name == "code" || name == "object shape") return NodeType::kCode;
  if (name == "closure") return NodeType::kClosure;
  if (name == "native") return NodeType::kNative;
  if (name == "synthetic") return NodeType::kSynthetic;
  if (name == "string") return NodeType::kString;
  return NodeType::kOther;
}

EdgeType EdgeTypeNamed(const std::string& name) {
  if (name == "context") return EdgeType::kContext;
  if (name == "element") return EdgeType::kElement;
  if (name == "property") return EdgeType::kProperty;
  if (name == "internal") return EdgeType::kInternal;
  if (name == "hidden") return EdgeType::kHidden;
  if (name == "shortcut") return EdgeType::kShortcut;
  if (name == "weak") return EdgeType::kWeak;
  return EdgeType::kOther;
}

bool LooksLikePath(std::string_view text) {
  return text.starts_with('/') || text.starts_with("file:") ||
         text.starts_with("node:") || (text.size() > 2 && text[1] == ':');
}

void AppendUtf8(uint32_t code_point, std::string* text) {
  const auto append = [text](uint32_t byte) {
    text->push_back(static_cast<char>(byte));
  };
  if (code_point < 0x80) {
    append(code_point);
  } else if (code_point < 0x800) {
    append(0xc0 | (code_point >> 6));
    append(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    append(0xe0 | (code_point >> 12));
    append(0x80 | ((code_point >> 6) & 0x3f));
    append(0x80 | (code_point & 0x3f));
  } else {
    append(0xf0 | (code_point >> 18));
    append(0x80 | ((code_point >> 12) & 0x3f));
    append(0x80 | ((code_point >> 6) & 0x3f));
    append(0x80 | (code_point & 0x3f));
  }
}

// What is left of "7 / part of key (A @1) -> value (B @3) pair in WeakMap
// (table @5)": each is a text of its own, and only the table's id matters.
std::string ShortenedEphemeron(const std::string& text) {
  const size_t at = text.rfind('@');
  return std::string(kPartOfKey) +
         (at == std::string::npos ? "" : text.substr(at));
}

}  // namespace

std::string_view HeapGraph::String(uint32_t index) const {
  if (index + 1 >= string_offsets.size()) return {};
  const uint32_t begin = string_offsets[index];
  return {string_bytes.data() + begin, string_offsets[index + 1] - begin};
}

std::string_view HeapGraph::EdgeName(uint32_t edge) const {
  const EdgeType type = edge_types[edge];
  if (type == EdgeType::kElement || type == EdgeType::kHidden) return {};
  return String(edge_names[edge]);
}

const HeapGraph::Location* HeapGraph::LocationOf(uint32_t node) const {
  const auto found =
      std::lower_bound(locations.begin(), locations.end(), node,
                       [](const Location& location, uint32_t wanted) {
                         return location.node < wanted;
                       });
  return found == locations.end() || found->node != node ? nullptr : &*found;
}

uint32_t HeapGraph::Follow(uint32_t node, EdgeType type,
                           std::string_view name) const {
  for (uint32_t edge = first_edges[node]; edge < first_edges[node + 1];
       ++edge) {
    if (edge_types[edge] == type && EdgeName(edge) == name)
      return edge_targets[edge];
  }
  return 0;
}

bool HeapGraphReader::Feed(const char* text, size_t length) {
  const char* at = text;
  const char* end = text + length;
  while (!failed_ && at < end) {
    switch (section_) {
      case Section::kHeader:
      case Section::kBetween: {
        const char* bracket = std::find(at, end, '[');
        // The lists in the header are part of it: it ends with `"nodes":[`.
        const char* stop = bracket == end ? end : bracket + 1;
        pending_.append(at, stop);
        at = stop;
        if (pending_.size() > kMostHeaderBytes) failed_ = true;
        if (bracket == end) {
          if (section_ == Section::kBetween &&
              pending_.find('}') != std::string::npos) {
            whole_ = true;
          }
        } else if (!BeginSection()) {
          failed_ = true;
        }
        break;
      }
      case Section::kNodes:
      case Section::kEdges:
      case Section::kLocations:
        at = ReadNumbers(at, end);
        break;
      case Section::kStrings:
        at = ReadStrings(at, end);
        break;
      case Section::kSkipped:
        at = Skip(at, end);
        break;
    }
  }
  return !failed_;
}

// `pending_` ends with the bracket that opens a list.
bool HeapGraphReader::BeginSection() {
  const auto opens = [this](std::string_view key) {
    return pending_.ends_with(key);
  };
  if (section_ == Section::kHeader) {
    if (!opens("\"nodes\":[")) return true;
    if (!ReadHeader()) return false;
    section_ = Section::kNodes;
  } else if (opens("\"edges\":[")) {
    if (graph_.node_count() != node_count_) return false;
    section_ = Section::kEdges;
  } else if (opens("\"locations\":[")) {
    section_ = Section::kLocations;
  } else if (opens("\"strings\":[")) {
    if (graph_.edge_targets.size() != edge_count_ || node_count_ == 0)
      return false;
    FindNeededStrings();
    section_ = Section::kStrings;
  } else {
    skipped_shows_tracking_ = opens("\"trace_function_infos\":[") ||
                              opens("\"trace_tree\":[") ||
                              opens("\"samples\":[");
    skipped_anything_ = false;
    depth_ = 1;
    section_ = Section::kSkipped;
  }
  pending_.clear();
  field_ = 0;
  in_number_ = false;
  number_ = 0;
  return true;
}

bool HeapGraphReader::ReadHeader() {
  const auto layout_of = [this](std::string_view key,
                                std::initializer_list<std::string_view> names) {
    Layout layout;
    const std::vector<std::string> fields = ListAfter(pending_, key);
    layout.fields = static_cast<int>(fields.size());
    int slot = 0;
    for (const std::string_view name : names)
      layout.at[slot++] = IndexOf(fields, name);
    if (layout.fields == 0 || layout.fields > kMostFields) layout.fields = 0;
    return layout;
  };
  node_layout_ = layout_of("\"node_fields\":",
                           {"type", "name", "id", "self_size", "edge_count"});
  edge_layout_ =
      layout_of("\"edge_fields\":", {"type", "name_or_index", "to_node"});
  location_layout_ = layout_of("\"location_fields\":",
                               {"object_index", "script_id", "line", "column"});
  for (const std::string& name : ListAfter(pending_, "\"node_types\":")) {
    node_type_names_.push_back(NodeTypeNamed(name));
  }
  for (const std::string& name : ListAfter(pending_, "\"edge_types\":"))
    edge_type_names_.push_back(EdgeTypeNamed(name));
  node_count_ = NumberAfter(pending_, "\"node_count\":");
  edge_count_ = NumberAfter(pending_, "\"edge_count\":");
  const auto complete = [](const Layout& layout, int slots) {
    return layout.fields > 0 &&
           std::all_of(layout.at, layout.at + slots,
                       [](int field) { return field >= 0; });
  };
  if (!complete(node_layout_, 5) || !complete(edge_layout_, 3) ||
      node_count_ == 0 || node_count_ >= kMostRecords ||
      edge_count_ >= kMostRecords) {
    return false;
  }
  if (!complete(location_layout_, 4)) location_layout_.fields = 0;
  graph_.node_types.reserve(node_count_);
  graph_.node_names.reserve(node_count_);
  graph_.node_ids.reserve(node_count_);
  graph_.node_sizes.reserve(node_count_);
  graph_.first_edges.reserve(node_count_ + 1);
  graph_.first_edges.push_back(0);
  graph_.edge_types.reserve(edge_count_);
  graph_.edge_names.reserve(edge_count_);
  graph_.edge_targets.reserve(edge_count_);
  return true;
}

const char* HeapGraphReader::ReadNumbers(const char* at, const char* end) {
  for (; at < end; ++at) {
    const char c = *at;
    if (c >= '0' && c <= '9') {
      number_ = number_ * 10 + static_cast<uint64_t>(c - '0');
      in_number_ = true;
      continue;
    }
    // Code that was compiled with an offset may stand before column 0.
    if (c == '-' && !in_number_ && section_ == Section::kLocations) {
      negative_ = true;
      continue;
    }
    if (in_number_) {
      if (!TakeNumber(negative_ ? 0 : number_)) {
        failed_ = true;
        return end;
      }
      in_number_ = false;
      negative_ = false;
      number_ = 0;
    }
    if (c == ']') {
      if (field_ != 0) failed_ = true;
      section_ = Section::kBetween;
      return at + 1;
    }
    if (c != ',' && c != '\n') {
      failed_ = true;
      return end;
    }
  }
  return at;
}

bool HeapGraphReader::TakeNumber(uint64_t number) {
  const Layout& layout = section_ == Section::kNodes   ? node_layout_
                         : section_ == Section::kEdges ? edge_layout_
                                                       : location_layout_;
  if (layout.fields == 0) return true;
  record_[field_++] = number;
  if (field_ < layout.fields) return true;
  field_ = 0;
  switch (section_) {
    case Section::kNodes:
      return TakeNode();
    case Section::kEdges:
      return TakeEdge();
    default:
      return TakeLocation();
  }
}

bool HeapGraphReader::TakeNode() {
  const int* at = node_layout_.at;
  const uint64_t type = record_[at[0]];
  const uint64_t edges = record_[at[4]] + graph_.first_edges.back();
  if (graph_.node_types.size() >= node_count_ || edges > edge_count_)
    return false;
  graph_.node_types.push_back(type < node_type_names_.size()
                                  ? node_type_names_[type]
                                  : NodeType::kOther);
  graph_.node_names.push_back(static_cast<uint32_t>(record_[at[1]]));
  graph_.node_ids.push_back(static_cast<uint32_t>(record_[at[2]]));
  graph_.node_sizes.push_back(record_[at[3]]);
  graph_.first_edges.push_back(static_cast<uint32_t>(edges));
  return true;
}

bool HeapGraphReader::TakeEdge() {
  const int* at = edge_layout_.at;
  const uint64_t type = record_[at[0]];
  // Targets are given as positions in the list of numbers.
  const uint64_t target =
      record_[at[2]] / static_cast<uint64_t>(node_layout_.fields);
  if (graph_.edge_targets.size() >= edge_count_ || target >= node_count_)
    return false;
  graph_.edge_types.push_back(type < edge_type_names_.size()
                                  ? edge_type_names_[type]
                                  : EdgeType::kOther);
  graph_.edge_names.push_back(static_cast<uint32_t>(record_[at[1]]));
  graph_.edge_targets.push_back(static_cast<uint32_t>(target));
  return true;
}

bool HeapGraphReader::TakeLocation() {
  const int* at = location_layout_.at;
  const uint64_t node =
      record_[at[0]] / static_cast<uint64_t>(node_layout_.fields);
  if (node >= node_count_) return false;
  graph_.locations.push_back({static_cast<uint32_t>(node),
                              static_cast<uint32_t>(record_[at[1]]),
                              static_cast<uint32_t>(record_[at[2]]) + 1,
                              static_cast<uint32_t>(record_[at[3]]) + 1});
  return true;
}

// The strings of a heap are in the snapshot, too: of those only the names of
// files may be asked for.
void HeapGraphReader::FindNeededStrings() {
  const auto need = [this](uint32_t index, uint8_t how) {
    if (index >= kMostRecords) return;
    if (index >= needed_.size()) needed_.resize(index + 1024, 0);
    if (needed_[index] != 1) needed_[index] = how;
  };
  for (uint32_t node = 0; node < graph_.node_count(); ++node) {
    const NodeType type = graph_.node_types[node];
    // Names of what V8 calls hidden are few, and some of them matter.
    need(graph_.node_names[node], type == NodeType::kString ? 2 : 1);
  }
  for (size_t edge = 0; edge < graph_.edge_types.size(); ++edge) {
    const EdgeType type = graph_.edge_types[edge];
    if (type != EdgeType::kElement && type != EdgeType::kHidden &&
        type != EdgeType::kWeak) {
      need(graph_.edge_names[edge], 1);
    }
  }
  for (const uint32_t node : FindBlockScopeNames(graph_))
    need(graph_.node_names[node], 1);
  for (const uint32_t node : FindExportNames(graph_))
    need(graph_.node_names[node], 1);
}

const char* HeapGraphReader::ReadStrings(const char* at, const char* end) {
  while (at < end) {
    const char c = *at++;
    if (!in_string_) {
      if (c == '"') {
        in_string_ = true;
        skips_string_ =
            !(string_index_ < needed_.size() && needed_[string_index_] != 0);
        string_.clear();
      } else if (c == ']') {
        section_ = Section::kBetween;
        return at;
      } else if (c != ',' && c != '\n') {
        failed_ = true;
        return end;
      }
      continue;
    }
    if (escape_ == 0) {
      if (c == '"') {
        EndString();
      } else if (c == '\\') {
        escape_ = 1;
      } else if (!skips_string_) {
        string_.push_back(c);
      }
      continue;
    }
    if (escape_ == 1) {
      escape_ = 0;
      if (c == 'u') {
        escape_ = 2;
        code_unit_ = 0;
      } else if (!skips_string_) {
        string_.push_back(c == 'n'   ? '\n'
                          : c == 't' ? '\t'
                          : c == 'r' ? '\r'
                          : c == 'b' ? '\b'
                          : c == 'f' ? '\f'
                                     : c);
      }
      continue;
    }
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : 0;
    code_unit_ = code_unit_ * 16 + static_cast<uint32_t>(digit);
    if (++escape_ < 6) continue;
    escape_ = 0;
    if (code_unit_ >= 0xd800 && code_unit_ < 0xdc00) {
      high_surrogate_ = code_unit_;
    } else if (code_unit_ >= 0xdc00 && code_unit_ < 0xe000) {
      if (!skips_string_ && high_surrogate_ != 0) {
        AppendUtf8(0x10000 + ((high_surrogate_ - 0xd800) << 10) +
                       (code_unit_ - 0xdc00),
                   &string_);
      }
      high_surrogate_ = 0;
    } else if (!skips_string_) {
      AppendUtf8(code_unit_, &string_);
    }
  }
  return at;
}

void HeapGraphReader::EndString() {
  in_string_ = false;
  if (!skips_string_) {
    const bool only_as_path = needed_[string_index_] == 2;
    if (string_.find(kPartOfKey) != std::string::npos &&
        string_.find("in WeakMap") != std::string::npos) {
      string_ = ShortenedEphemeron(string_);
    }
    size_t length = string_.size();
    if (length > kMostNameBytes && !LooksLikePath(string_)) {
      length = kMostNameBytes;
      // Not in the middle of a character.
      while (length > 0 && (string_[length] & 0xc0) == 0x80) --length;
    }
    if (!only_as_path || LooksLikePath(string_)) {
      graph_.string_bytes.insert(graph_.string_bytes.end(), string_.data(),
                                 string_.data() + length);
    }
  }
  graph_.string_offsets.push_back(
      static_cast<uint32_t>(graph_.string_bytes.size()));
  ++string_index_;
}

const char* HeapGraphReader::Skip(const char* at, const char* end) {
  for (; at < end; ++at) {
    const char c = *at;
    if (skipping_string_) {
      if (skipping_escape_) {
        skipping_escape_ = false;
      } else if (c == '\\') {
        skipping_escape_ = true;
      } else if (c == '"') {
        skipping_string_ = false;
      }
      continue;
    }
    if (c >= '0' && c <= '9') skipped_anything_ = true;
    if (c == '"') skipping_string_ = true;
    if (c == '[') ++depth_;
    if (c == ']' && --depth_ == 0) {
      if (skipped_anything_ && skipped_shows_tracking_) graph_.tracked = true;
      section_ = Section::kBetween;
      return at + 1;
    }
  }
  return at;
}

bool HeapGraphReader::Finish(HeapGraph* graph) {
  if (failed_ || !whole_) return false;
  const auto by_node = [](const HeapGraph::Location& a,
                          const HeapGraph::Location& b) {
    return a.node < b.node;
  };
  if (!std::is_sorted(graph_.locations.begin(), graph_.locations.end(),
                      by_node)) {
    std::sort(graph_.locations.begin(), graph_.locations.end(), by_node);
  }
  NameBlockScopes(&graph_);
  NameExports(&graph_);
  *graph = std::move(graph_);
  return true;
}

}  // namespace abtrace
