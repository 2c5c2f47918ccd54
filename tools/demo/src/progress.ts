import { type PoolCount } from '@floodgate/client';
import { type Scene } from './scene';
import { type Stage, type Tally } from './tally';

/** What the screen shows, taken at one instant. */
export interface ProgressView {
  readonly scene: Scene;
  readonly users: number;
  readonly phase: string;
  /** Database time. */
  readonly nowMs: number;
  readonly tally: Tally;
  readonly tiers: { readonly split: number; readonly sale: number };
  readonly packets: PoolCount | undefined;
  readonly saleUnits: PoolCount | undefined;
  /** What happened out of the ordinary, the newest last. */
  readonly notes: readonly string[];
}

const SPLIT_STAGES: readonly (readonly [Stage, string])[] = [
  ['came', 'came'],
  ['entered', 'entered'],
  ['did tasks', 'tasks done'],
  ['completed a set', 'sets complete'],
  ['qualified', 'qualified'],
  ['let in at T0', 'at the gate'],
];
const PACKET_STAGES: readonly (readonly [Stage, string])[] = [
  ['grabbed a packet', 'pressed'],
  ['packet granted', 'granted'],
  ['packet arrived', 'money arrived'],
];
const SALE_STAGES: readonly (readonly [Stage, string])[] = [
  ['grabbed on sale', 'pressed'],
  ['unit granted', 'granted'],
  ['order created', 'orders'],
  ['order paid', 'paid'],
  ['order expired', 'expired'],
  ['order cancelled', 'cancelled'],
];

const BAR_WIDTH = 36;
const NOTES_SHOWN = 3;

/** The screen of a terminal, a line each. */
export function frameOf(view: ProgressView, columns: number): string[] {
  const { scene, tally, tiers } = view;
  const lines = [
    `Floodgate demo   ${view.users} people, ${scene.packets} packets, ${scene.saleUnits} units on sale   run ${scene.runId}`,
    '',
    `${view.phase.padEnd(34)} ${countdown('split', scene.splitAtMs, view.nowMs)}   ${countdown('sale', scene.saleOpensAtMs, view.nowMs)}`,
    `tier: card split ${tierBar(tiers.split)}   sale ${tierBar(tiers.sale)}   answers ${tally.attemptCount()}`,
    '',
    `cards    ${chain(tally, SPLIT_STAGES)}`,
    `packets  ${chain(tally, PACKET_STAGES)}${refusals(tally, 'grab cash')}`,
    `         ${stockBar(view.packets)}`,
    `sale     ${chain(tally, SALE_STAGES)}${refusals(tally, 'grab phone')}`,
    `         ${stockBar(view.saleUnits)}`,
    ...view.notes.slice(-NOTES_SHOWN).map((note) => `  ! ${note}`),
  ];
  return lines.map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line));
}

/** The same for a log file: one short line. */
export function lineOf(view: ProgressView): string {
  const { tally, tiers, scene } = view;
  const free = (count: PoolCount | undefined) => (count === undefined ? '?' : `${count.free}/${count.stock}`);
  return [
    `[demo] ${seconds(view.nowMs - scene.splitAtMs)}`,
    view.phase,
    `tier ${tiers.split}/${tiers.sale}`,
    `came ${tally.count('came')}, qualified ${tally.count('qualified')}, at the gate ${tally.count('let in at T0')}`,
    `packets granted ${tally.count('packet granted')}, arrived ${tally.count('packet arrived')}, free ${free(view.packets)}`,
    `sale granted ${tally.count('unit granted')}, paid ${tally.count('order paid')}, expired ${tally.count('order expired')}, free ${free(view.saleUnits)}`,
  ].join(' | ');
}

const chain = (tally: Tally, stages: readonly (readonly [Stage, string])[]) =>
  stages.map(([stage, label]) => `${label} ${tally.count(stage)}`).join(' > ');

function refusals(tally: Tally, layer: string): string {
  const list = Object.entries(tally.refusedAt(layer)).slice(0, 3);
  return list.length === 0 ? '' : `   (${list.map(([outcome, count]) => `${outcome} ${count}`).join(', ')})`;
}

function countdown(what: string, atMs: number, nowMs: number): string {
  return `${what} ${seconds(nowMs - atMs)}`;
}

const seconds = (ms: number) => `T${ms < 0 ? '-' : '+'}${(Math.abs(ms) / 1000).toFixed(1)}s`;

const tierBar = (tier: number) => `${tier} ${'■'.repeat(tier)}${'·'.repeat(3 - tier)}`;

/** Burns down from the left: what is still free is full. */
function stockBar(count: PoolCount | undefined): string {
  if (count === undefined || count.stock === 0) return `stock    ${'?'.repeat(BAR_WIDTH)}`;
  const full = Math.round((count.free / count.stock) * BAR_WIDTH);
  return `stock    ${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${count.free} of ${count.stock} free, ${count.held} held`;
}
