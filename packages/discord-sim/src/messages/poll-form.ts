/** Reads a poll from a message request. */
import { isFields } from "./form-errors.ts";
import {
  type Reading,
  readFields,
  readFlag,
  readInteger,
  readList,
  readRequiredText,
  under,
} from "./read-fields.ts";

export type PollForm = {
  question: string;
  answers: { text: string; emoji: string | null }[];
  hours: number;
  multiselect: boolean;
};

const MAX_QUESTION_CHARS = 300;
const MAX_ANSWER_CHARS = 55;
const MAX_ANSWERS = 10;
const MAX_HOURS = 32 * 24;
const DEFAULT_HOURS = 24;

export function readPoll(value: unknown, reading: Reading): PollForm | undefined {
  const source = readFields(value, reading);
  if (source === undefined) return undefined;
  const question = readFields(source.question, under(reading, "question")) ?? {};
  const answers = readList(source.answers, MAX_ANSWERS, under(reading, "answers")) ?? [];
  if (answers.length === 0)
    reading.errors.add(
      [...reading.path, "answers"],
      "BASE_TYPE_REQUIRED",
      "This field is required",
    );
  return {
    question: readRequiredText(
      question.text,
      MAX_QUESTION_CHARS,
      under(reading, "question", "text"),
    ),
    answers: answers.map((answer, index) => readAnswer(answer, under(reading, "answers", index))),
    hours: readInteger(source.duration, MAX_HOURS, under(reading, "duration")) ?? DEFAULT_HOURS,
    multiselect: readFlag(source.allow_multiselect, under(reading, "allow_multiselect")) ?? false,
  };
}

function readAnswer(value: unknown, reading: Reading): PollForm["answers"][number] {
  const media = readFields(readFields(value, reading)?.poll_media, under(reading, "poll_media"));
  const text = readRequiredText(
    media?.text,
    MAX_ANSWER_CHARS,
    under(reading, "poll_media", "text"),
  );
  const emoji = isFields(media?.emoji) ? media.emoji.name : undefined;
  return { text, emoji: typeof emoji === "string" ? emoji : null };
}
