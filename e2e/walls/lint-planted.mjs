/**
 * Reads `[{filePath, text}]` as JSON from stdin, lints each text as if it stood in that file, and prints `[[ruleId, ...], ...]`.
 * A program of its own, because eslint.config.mjs and its plugins are ES modules, which jest's sandbox does not load.
 */
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';

const eslint = new ESLint();
const planted = JSON.parse(await text(process.stdin));
const answers = [];
for (const file of planted) {
  const [result] = await eslint.lintText(file.text, { filePath: file.filePath });
  answers.push(result.messages.map((message) => message.ruleId ?? message.message));
}
process.stdout.write(JSON.stringify(answers));
