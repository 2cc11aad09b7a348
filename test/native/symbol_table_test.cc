// Interning against slow models, at the limits, and under many threads.
#include "core/symbol_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace abtrace {
namespace {

std::string RandomText(std::mt19937_64& random, size_t longest) {
  std::string text(random() % (longest + 1), '\0');
  for (char& unit : text)
    unit = static_cast<char>(random() % 4 == 0 ? random() : 'a' + random() % 3);
  return text;
}

auto Tuple(const Frame& frame) {
  return std::make_tuple(frame.function, frame.script, frame.line, frame.column,
                         frame.origin);
}

std::vector<FrameId> StackOf(const SymbolSnapshot& snapshot, StackId id) {
  return {snapshot.stack_frames.begin() + snapshot.stack_offsets[id],
          snapshot.stack_frames.begin() + snapshot.stack_offsets[id + 1]};
}

TEST(SymbolTable, HoldsOnlyTheNonesAtFirst) {
  SymbolTable table;
  EXPECT_EQ(table.InternString(""), 0u);
  EXPECT_EQ(table.InternStack({}), 0u);
  const SymbolSnapshot snapshot = table.Snapshot();
  EXPECT_EQ(snapshot.strings, std::vector<std::string>{""});
  EXPECT_EQ(snapshot.frames.size(), 1u);
  EXPECT_EQ(snapshot.stack_offsets, (std::vector<uint32_t>{0, 0}));
  EXPECT_TRUE(snapshot.stack_frames.empty());
  EXPECT_EQ(table.stack_count(), 1u);
  EXPECT_EQ(table.overflows(), 0u);
}

TEST(SymbolTable, GivesOneIdPerThingAndGivesItBack) {
  std::mt19937_64 random(11);
  SymbolTable table;
  std::map<std::string, StringId> strings{{"", 0}};
  std::map<decltype(Tuple({})), FrameId> frames;
  std::map<std::vector<FrameId>, StackId> stacks{{{}, 0}};
  for (int i = 0; i < 30000; ++i) {
    const std::string text = RandomText(random, 6);
    const auto string = strings.emplace(text, strings.size()).first;
    ASSERT_EQ(table.InternString(text), string->second);

    const Frame frame{.function = static_cast<StringId>(random() % 20),
                      .script = static_cast<StringId>(random() % 5),
                      .line = static_cast<uint32_t>(random() % 10),
                      .column = static_cast<uint32_t>(random() % 3),
                      .origin = static_cast<Origin>(random() % 4)};
    const auto known_frame =
        frames.emplace(Tuple(frame), frames.size() + 1).first;
    ASSERT_EQ(table.InternFrame(frame), known_frame->second);

    std::vector<FrameId> stack(random() % 5);
    for (FrameId& id : stack) id = 1 + random() % 8;
    const auto known_stack = stacks.emplace(stack, stacks.size()).first;
    ASSERT_EQ(table.InternStack(stack), known_stack->second);
  }
  EXPECT_EQ(table.overflows(), 0u);
  EXPECT_EQ(table.stack_count(), stacks.size());

  const SymbolSnapshot snapshot = table.Snapshot();
  ASSERT_EQ(snapshot.strings.size(), strings.size());
  for (const auto& [text, id] : strings) EXPECT_EQ(snapshot.strings[id], text);
  ASSERT_EQ(snapshot.frames.size(), frames.size() + 1);
  for (const auto& [tuple, id] : frames)
    EXPECT_EQ(Tuple(snapshot.frames[id]), tuple);
  ASSERT_EQ(snapshot.stack_offsets.size(), stacks.size() + 1);
  for (const auto& [stack, id] : stacks)
    EXPECT_EQ(StackOf(snapshot, id), stack);
}

TEST(SymbolTable, TellsAStackFromItsReverseAndItsPrefix) {
  SymbolTable table;
  const std::vector<FrameId> stack{1, 2, 3};
  const std::vector<FrameId> reverse{3, 2, 1};
  const StackId id = table.InternStack(stack);
  EXPECT_NE(table.InternStack(reverse), id);
  EXPECT_NE(table.InternStack(std::span(stack).first(2)), id);
  EXPECT_EQ(table.InternStack(stack), id);
}

TEST(SymbolTable, KeepsTextWithZeroBytesWhole) {
  SymbolTable table;
  using std::string_view_literals::operator""sv;
  const StringId with_zero = table.InternString("a\0b"sv);
  EXPECT_NE(with_zero, table.InternString("a"));
  EXPECT_EQ(table.Snapshot().strings[with_zero], std::string("a\0b", 3));
}

TEST(SymbolTable, NamesNothingForAnIdThatWasNeverGivenOut) {
  SymbolTable table;
  const StringId id = table.InternString("name");
  EXPECT_EQ(table.StringOf(id), "name");
  EXPECT_EQ(table.StringOf(0), "");
  EXPECT_EQ(table.StringOf(id + 1), "");
}

TEST(SymbolTable, GivesFramesAndStacksBackByTheirIds) {
  SymbolTable table;
  const Frame frame{.function = table.InternString("keep"),
                    .line = 4,
                    .column = 2,
                    .origin = Origin::kUser};
  const FrameId known = table.InternFrame(frame);
  Frame other = frame;
  other.origin = Origin::kTaker;
  const FrameId marked = table.InternFrame(other);
  ASSERT_NE(known, marked);
  const std::vector<FrameId> frames = {marked, known};
  const StackId stack = table.InternStack(frames);
  EXPECT_EQ(table.FramesOf(stack), frames);
  EXPECT_EQ(table.FrameOf(known), frame);
  EXPECT_EQ(table.FrameOf(marked), other);
  EXPECT_TRUE(table.FramesOf(stack + 1).empty());
  EXPECT_EQ(table.FrameOf(marked + 1), Frame());
}

TEST(SymbolTable, CutsLongTextBetweenCharacters) {
  constexpr size_t kLongest = SymbolTable::kMaxStringLength;
  const std::vector<std::string> characters{"x", "é", "€", "😀"};
  for (const std::string& character : characters) {
    for (size_t lead = 0; lead < 4; ++lead) {
      SymbolTable table;
      std::string text(lead, '-');
      while (text.size() <= kLongest + 8) text += character;
      const StringId id = table.InternString(text);
      const std::string kept = table.Snapshot().strings[id];
      EXPECT_LE(kept.size(), kLongest);
      EXPECT_GT(kept.size() + character.size(), kLongest)
          << "cut more than needed";
      EXPECT_EQ((kept.size() - lead) % character.size(), 0u)
          << "cut inside a character";
      EXPECT_EQ(kept, text.substr(0, kept.size()));
    }
  }
  SymbolTable table;
  const std::string exact(kLongest, 'x');
  const StringId id = table.InternString(exact);
  EXPECT_EQ(table.InternString(exact + "more"), id)
      << "what is cut alike is one string";
  // Bytes that are no UTF-8 have no boundary; they must neither crash nor hang.
  EXPECT_EQ(table.InternString(std::string(kLongest + 1, '\x80')), 0u);
}

TEST(SymbolTable, AnswersNoneAndCountsPastTheLimitOfStrings) {
  SymbolTable table;
  for (size_t i = 1; i < SymbolTable::kMaxStrings; ++i) {
    ASSERT_EQ(table.InternString(std::to_string(i)), i);
  }
  EXPECT_EQ(table.overflows(), 0u);
  EXPECT_EQ(table.InternString("one more"), 0u);
  EXPECT_EQ(table.InternString("one more"), 0u);
  EXPECT_EQ(table.overflows(), 2u);
  EXPECT_EQ(table.InternString("7"), 7u)
      << "what was there before is still found";
  EXPECT_EQ(table.Snapshot().strings.size(), SymbolTable::kMaxStrings);
}

TEST(SymbolTable, AnswersNoneAndCountsPastTheLimitsOfFramesAndStacks) {
  SymbolTable table;
  for (uint32_t i = 1; i < SymbolTable::kMaxFrames; ++i) {
    ASSERT_EQ(table.InternFrame({.function = 1, .line = i}), i);
  }
  EXPECT_EQ(table.InternFrame({.function = 2, .line = 1}), 0u);
  EXPECT_EQ(table.InternFrame({.function = 1, .line = 9}), 9u);
  for (uint32_t i = 1; i < SymbolTable::kMaxStacks; ++i) {
    const FrameId frames[] = {i, 1};
    ASSERT_EQ(table.InternStack(frames), i);
  }
  const FrameId unknown[] = {1, 2};
  EXPECT_EQ(table.InternStack(unknown), 0u);
  const FrameId known[] = {9, 1};
  EXPECT_EQ(table.InternStack(known), 9u);
  EXPECT_EQ(table.InternStack({}), 0u);
  EXPECT_EQ(table.overflows(), 2u);
}

TEST(SymbolTable, GivesAllThreadsTheSameIds) {
  constexpr int kThreads = 8;
  constexpr int kSteps = 5000;
  constexpr uint32_t kTexts = 300;
  SymbolTable table;
  std::vector<std::map<std::string, StringId>> strings(kThreads);
  std::vector<std::map<std::vector<FrameId>, StackId>> stacks(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(t);
      for (int i = 0; i < kSteps; ++i) {
        const std::string text = "text " + std::to_string(random() % kTexts);
        const StringId id = table.InternString(text);
        ASSERT_EQ(strings[t].emplace(text, id).first->second, id);
        const std::vector<FrameId> stack{
            table.InternFrame(
                {.function = id, .line = static_cast<uint32_t>(random() % 3)}),
            table.InternFrame({.function = id})};
        const StackId stack_id = table.InternStack(stack);
        ASSERT_EQ(stacks[t].emplace(stack, stack_id).first->second, stack_id);
      }
    });
  }
  // Snapshots taken meanwhile are whole: every id in them has its entry.
  std::thread reader([&table] {
    for (int i = 0; i < 30; ++i) {
      const SymbolSnapshot snapshot = table.Snapshot();
      for (const Frame& frame : snapshot.frames)
        ASSERT_LT(frame.function, snapshot.strings.size());
      for (FrameId frame : snapshot.stack_frames)
        ASSERT_LT(frame, snapshot.frames.size());
      ASSERT_EQ(snapshot.stack_offsets.back(), snapshot.stack_frames.size());
    }
  });
  for (std::thread& thread : threads) thread.join();
  reader.join();
  const SymbolSnapshot snapshot = table.Snapshot();
  EXPECT_LE(snapshot.strings.size(), kTexts + 1u);
  for (int t = 0; t < kThreads; ++t) {
    for (const auto& [text, id] : strings[t])
      EXPECT_EQ(snapshot.strings[id], text);
    for (const auto& [stack, id] : stacks[t])
      EXPECT_EQ(StackOf(snapshot, id), stack);
  }
}

}  // namespace
}  // namespace abtrace
