import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { code, GENERATED, page, table } from './markdown';
import { parseProto, type ProtoField, type ProtoMessage } from './proto';

interface TopicRow {
  readonly name: string;
  readonly partitions: number;
  readonly message: string | null;
  readonly key: string;
}

/** Fields that every event has, explained once. */
const COMMON = new Set(['eventId', 'occurredAtMs', 'campaignId', 'causationId']);

const INTRODUCTION = `Every event is a message of \`libs/contracts/proto/floodgate/events/v1\`, written as canonical proto3 JSON: 64-bit numbers are strings,
enums are names, and a field that has its default value (0, \`""\`, \`false\`, an empty list) is left out. A field, once there, keeps
its number, name and type; \`npm run lint\` compares with the committed baseline. Samples of every event stand in
\`libs/contracts/samples\` and are parsed by a test for ever.

Delivery is at least once. An event may come twice, and its \`eventId\` is then the same: drop what you have seen. The key is the user
where an event has one, so that one user's events stay in order, and never the campaign, which would make one partition hot.

Every event but the records of the stock log has:`;

/** docs/reference/events.md, from the contracts below `root`. */
export function eventsPage(root: string): string {
  const contracts = join(root, 'libs/contracts');
  const topics = JSON.parse(readFileSync(join(contracts, 'topics.json'), 'utf8')) as TopicRow[];
  const messages = readMessages(join(contracts, 'proto/floodgate/events/v1'));
  return page(
    '# Events',
    GENERATED,
    INTRODUCTION,
    table(
      ['field', 'meaning'],
      [
        [code('eventId'), 'Unique. From inventory it is the position in the stock log, `partition:offset:index`.'],
        [code('occurredAtMs'), 'When, by database time; milliseconds since 1970 UTC.'],
        [code('campaignId'), 'The campaign it belongs to.'],
        [code('causationId'), 'The `eventId`, or the id of the request, that caused it.'],
      ],
    ),
    ...topics.filter(({ message }) => message !== null).map((topic) => topicSection(topic, messages, contracts)),
    deadLetterSection(topics.filter(({ message }) => message === null)),
  );
}

function readMessages(folder: string): Map<string, ProtoMessage> {
  const files = readdirSync(folder).sort();
  const messages = files.flatMap((file) => parseProto(readFileSync(join(folder, file), 'utf8')));
  return new Map(messages.map((message) => [message.name, message]));
}

function topicSection(topic: TopicRow, messages: Map<string, ProtoMessage>, contracts: string): string {
  const message = messages.get(topic.message?.split('.').at(-1) ?? '');
  if (message === undefined) throw new Error(`${topic.name}: there is no message ${topic.message}`);
  const own = message.fields.filter(({ name }) => !COMMON.has(name) || message.name.includes('Record'));
  const sample = readFileSync(join(contracts, 'samples', topic.name, '1.json'), 'utf8').trim();
  return [
    `## ${topic.name}`,
    wordsOf(message),
    `Message \`${topic.message}\`, ${count(topic.partitions, 'partition')}, keyed by ${topic.key}.`,
    table(['field', 'type', 'meaning'], own.map(row)),
    ...own.flatMap((field) => (field.oneof === undefined ? [] : recordKind(field, messages))),
    `\`\`\`json\n${sample}\n\`\`\``,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The message's comment without its first words, which name the topic. */
function wordsOf({ comment }: ProtoMessage): string {
  const words = comment.replace(/^Topic [\w.-]*\w[,:.]? ?/, '');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function recordKind({ name, type }: ProtoField, messages: Map<string, ProtoMessage>): string[] {
  const message = messages.get(type);
  if (message === undefined) throw new Error(`there is no message ${type}`);
  return [
    `### ${name}`,
    message.comment,
    message.fields.length === 0 ? 'No fields.' : table(['field', 'type', 'meaning'], message.fields.map(row)),
    ...message.fields.flatMap(({ name: inner, type: innerType }) => {
      const nested = messages.get(innerType.replace('repeated ', ''));
      return nested === undefined
        ? []
        : [`Each of \`${inner}\`:`, table(['field', 'type', 'meaning'], nested.fields.map(row))];
    }),
  ];
}

function row({ name, type, comment, oneof }: ProtoField): string[] {
  return [code(name), type, oneof === undefined ? comment : `One of the kinds of ${oneof}.`];
}

function deadLetterSection(topics: readonly TopicRow[]): string {
  const named = (kind: string) =>
    topics
      .filter(({ name }) => name.endsWith(`.${kind}.v1`))
      .map(({ name }) => code(name))
      .join(', ');
  return `## Dead letters

${named('dead-letter')}: messages that a service's consumer could not take, however often it tried, with
their key and value as they came. Headers say where from and why: \`fg-topic\`, \`fg-partition\`, \`fg-offset\`, \`fg-consumer\`, \`fg-error\`. The
stock log has none: its recorder stops instead.

${named('replay')}: dead letters on their way back, with the same headers, to the consumer
that set them aside. \`npm run dead-letter\` puts them there.`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
