import { type RowSpec } from '../rows';

/** Below and above the thousand ready sockets from which on an event loop forgets its timers. */
export const FEW = 256;
export const MANY = 2_048;

/** The contenders. */
export const NONE = 'uncontrolled';
export const BARE = 'node:http';
export const PRESSURE = 'under-pressure';
export const ADMISSION = 'admission';

const ours = (figure: string) => ({ ours: { contender: ADMISSION, figure } });
const against = (contender: string, limit: string, figure: string) => ({
  limit: { contender, figure: limit },
  ...ours(figure),
});

export function rows(): RowSpec[] {
  return [...goodputRows(), ...peoplesRows(), ...refusalRows()];
}

/** What is served of what could be. */
function goodputRows(): RowSpec[] {
  return [
    {
      name: `goodput at 10x, ${FEW} connections, against the peak`,
      unit: '1/s',
      ...against(NONE, 'peakPerSecond', 'goodputFew'),
      toReach: { of: 'ratio', atLeast: 0.85 },
    },
    {
      name: `goodput at 10x, ${MANY} connections, against the peak`,
      unit: '1/s',
      ...against(NONE, 'peakPerSecond', 'goodputMany'),
      toReach: { of: 'ratio', atLeast: 0.85 },
    },
    {
      name: 'goodput at 10x, against what the law allows at the cost of a refusal',
      unit: '1/s',
      ...against(ADMISSION, 'lawful', 'goodputFew'),
      toReach: { of: 'ratio', atLeast: 0.9 },
    },
    {
      name: "goodput at 10x of people with the SDK's throttle, against the peak",
      unit: '1/s',
      ...against(NONE, 'peakPerSecond', 'goodputThrottled'),
      toReach: { of: 'ratio', atLeast: 0.95 },
    },
    { name: 'share of their requests that the throttle kept back', unit: '', ...ours('keptBack') },
    {
      name: 'goodput at 5x, against @fastify/under-pressure as its README begins',
      unit: '1/s',
      ...against(PRESSURE, 'goodputAt5', 'goodputAt5'),
      toReach: { of: 'ratio', atLeast: 3 },
    },
    { name: 'goodput at 5x, against no defence', unit: '1/s', ...against(NONE, 'goodputAt5', 'goodputAt5') },
  ];
}

/** What those find who are to be served. */
function peoplesRows(): RowSpec[] {
  return [
    {
      name: 'p99 of accepted at 10x, against 0.8x',
      unit: 'ms',
      ...against(ADMISSION, 'p99At08', 'p99Few'),
      toReach: { of: 'ratio', atMost: 2 },
    },
    {
      name: 'success of the top priority at 12x of what can be shed',
      unit: '',
      ...ours('topSuccess'),
      toReach: { of: 'ours', atLeast: 0.994 },
    },
    {
      name: 'success of a campaign at 0.5x beside another at 10x, against alone',
      unit: '',
      ...against(ADMISSION, 'quietSuccessAlone', 'quietSuccess'),
      toReach: { of: 'ratio', atLeast: 0.9 },
    },
    {
      name: 'p99 of a campaign at 0.5x beside another at 10x, against alone',
      unit: 'ms',
      ...against(ADMISSION, 'quietP99Alone', 'quietP99'),
      toReach: { of: 'ratio', atMost: 1.1 },
    },
    {
      name: 'back to 99% after a burst of 10x, retries on',
      unit: 'ms',
      ...ours('recoveryMs'),
      toReach: { of: 'ours', atMost: 2_000 },
    },
  ];
}

function refusalRows(): RowSpec[] {
  return [
    {
      name: 'CPU of a refusal, against an answer of node:http alone',
      unit: 'us',
      ...against(BARE, 'answerUs', 'refusalUs'),
    },
    {
      name: "CPU of a refusal beyond node:http's own",
      unit: 'us',
      ...ours('refusalBeyondUs'),
      toReach: { of: 'ours', atMost: 20 },
    },
    { name: 'share of a core that the load generator used at 10x', unit: '', ...ours('loadCpuShare') },
  ];
}
