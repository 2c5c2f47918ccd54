export interface ProtoField {
  /** As it stands in JSON. */
  readonly name: string;
  readonly type: string;
  readonly comment: string;
  /** The `oneof` it belongs to. */
  readonly oneof: string | undefined;
}

export interface ProtoMessage {
  readonly name: string;
  readonly comment: string;
  readonly fields: readonly ProtoField[];
}

const MESSAGE = /^message (\w+) \{(\})?$/;
const ONEOF = /^oneof (\w+) \{$/;
const FIELD = /^((?:repeated )?[\w.]+) (\w+) = \d+;$/;
const COMMENT = /^\/\/ ?(.*)$/;

/**
 * The messages of a .proto file with their comments. Understands what buf's formatter leaves of our files: one declaration a
 * line, comments on lines of their own, no nested messages; throws for anything else inside a message.
 */
export function parseProto(text: string): ProtoMessage[] {
  const messages: ProtoMessage[] = [];
  let comment: string[] = [];
  let message: { name: string; comment: string; fields: ProtoField[] } | undefined;
  let oneof: string | undefined;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const said = COMMENT.exec(line)?.[1];
    if (said !== undefined) {
      comment.push(said);
      continue;
    }
    const words = comment.join(' ');
    comment = [];
    const start = MESSAGE.exec(line);
    if (start?.[1] !== undefined) {
      message = { name: start[1], comment: words, fields: [] };
      messages.push(message);
      if (start[2] !== undefined) message = undefined;
    } else if (message !== undefined && line !== '') {
      const field = FIELD.exec(line);
      if (field?.[1] !== undefined && field[2] !== undefined) {
        message.fields.push({ name: camelCase(field[2]), type: field[1], comment: words, oneof });
      } else if (ONEOF.test(line)) {
        oneof = ONEOF.exec(line)?.[1];
      } else if (line === '}') {
        if (oneof === undefined) message = undefined;
        oneof = undefined;
      } else {
        throw new Error(`cannot read in message ${message.name}: ${line}`);
      }
    }
  }
  return messages;
}

function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
