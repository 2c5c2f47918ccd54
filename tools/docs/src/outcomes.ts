import { CLIENT_COPY, type OutcomeRule, OUTCOMES } from '@floodgate/kernel';
import { code, GENERATED, page, table } from './markdown';

/** docs/reference/outcomes.md. */
export function outcomesPage(): string {
  const rules = Object.entries<OutcomeRule>(OUTCOMES);
  return page(
    '# Outcomes',
    GENERATED,
    `The closed list of answers a client can get. It stands in \`libs/domain/kernel/src/outcome.ts\` and, as numbers, in
\`libs/contracts/proto/floodgate/common/v1/outcome.proto\`.

- Over HTTP every body has \`outcome\`. A refusal, \`WAIT\` among them, is \`application/problem+json\` (RFC 9457), with \`message.zh\` and
  \`message.en\` for the person, \`detail\` and \`field\` for the developer, and \`pollAfterMs\` where asking again has a time.
- Over gRPC a refusal carries the outcome in the metadata key \`fg-outcome\`, and \`fg-poll-after-ms\`, \`fg-field\`, \`fg-detail-bin\`.

What a client does next:

- **never**: the answer is final for this request;
- **poll**: ask again with the same ids after \`pollAfterMs\`;
- **back-off**: ask again with the same ids, binary exponential with full jitter, or after \`pollAfterMs\` where given.`,
    table(
      ['outcome', 'HTTP', 'next', 'English', '中文'],
      rules.map(([name, { httpStatus, retry, en, zh }]) => [code(name), String(httpStatus), retry, en, zh]),
    ),
    '## Words for what happens outside any answer',
    'Shown by the client itself.',
    table(
      ['case', 'English', '中文'],
      Object.entries(CLIENT_COPY).map(([name, { en, zh }]) => [code(name), en, zh]),
    ),
  );
}
