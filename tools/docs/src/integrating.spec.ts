import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as contracts from '@floodgate/contracts';

const ROOT = resolve(__dirname, '../../..');
const page = readFileSync(resolve(ROOT, 'docs/reference/integrating.md'), 'utf8');

const topics = (
  JSON.parse(readFileSync(resolve(ROOT, 'libs/contracts/topics.json'), 'utf8')) as { readonly name: string }[]
).map(({ name }) => name);

/** `/floodgate.order.v1.OrderService` of each generated service. */
const services = Object.values(contracts).flatMap((exported) =>
  typeof exported !== 'object' || exported === null
    ? []
    : Object.entries(exported)
        .filter(([name]) => name.endsWith('ServiceService'))
        .flatMap(([, service]) => Object.values(service as Record<string, { readonly path: string }>).slice(0, 1))
        .map(({ path }) => path.slice(0, path.lastIndexOf('/'))),
);

describe('docs/reference/integrating.md', () => {
  it.each(topics)('shows how to read %s', (topic) => {
    expect(page).toMatch(new RegExp(`^kcat .* -t ${topic.replaceAll('.', '\\.')}$`, 'm'));
  });

  it('knows of six services', () => {
    expect(services).toHaveLength(6);
  });

  it.each(services)('shows how to call %s', (service) => {
    expect(page).toMatch(new RegExp(`http://127\\.0\\.0\\.1:1508\\d${service.replaceAll('.', '\\.')}/\\w+$`, 'm'));
  });
});
